"""Prints the layout of an HDF5 file as JSON: every object with its attributes, types, shapes and storage."""
import json
import sys

import h5py
import numpy as np


def attribute(identifier):
    kind = identifier.get_type()
    space = identifier.get_space()
    about = {"class": kind.get_class(), "shape": list(identifier.shape)}
    about["space"] = space.get_simple_extent_type()
    if isinstance(kind, h5py.h5t.TypeStringID):
        # Python's str is marked as UTF-8 and its bytes as ASCII; readers make no difference.
        about["text"] = [kind.is_variable_str(), kind.get_strpad()]
        if not kind.is_variable_str():
            about["width"] = kind.get_size()
        if kind.is_variable_str() and space.get_simple_extent_npoints() > 0:
            values = np.empty(identifier.shape, dtype=object)
            identifier.read(values)
            texts = [v.decode() if isinstance(v, bytes) else v for v in values.reshape(-1)]
            about["values"] = None if any(t.startswith("{") for t in texts) else texts
    else:
        about["type"] = str(identifier.dtype)
    return about


def describe(item):
    about = {"attributes": {n: attribute(item.attrs.get_id(n)) for n in sorted(item.attrs)}}
    if isinstance(item, h5py.Dataset):
        about["type"] = item.dtype.str
        about["shape"] = list(item.shape)
        about["storage"] = [item.id.get_create_plist().get_layout(), item.chunks, item.compression]
    return about


with h5py.File(sys.argv[1]) as file:
    layout = {"/": describe(file)}
    file.visititems(lambda name, item: layout.__setitem__(name, describe(item)))
    print(json.dumps(layout))

"""Writes hdf5-earliest.h5 and hdf5-v108.h5: what h5py can put into a file beyond what Keras does."""
import os

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(0)


def fill(file):
    file.attrs["layer_names"] = ["a", "b"]
    file.attrs["keras_version"] = "2.4.0"
    file.attrs["list"] = np.array([b"x", b"yy"])
    a = file.create_group("a")
    a.attrs["weight_names"] = [b"a/kernel:0", b"a/bias:0"]
    kernel = random.normal(size=(8, 4)).astype("f4")
    a.create_dataset("a/kernel:0", data=kernel, chunks=(4, 2), compression="gzip", shuffle=True)
    a.create_dataset("a/bias:0", data=np.arange(4, dtype="f8"))
    b = file.create_group("b")
    b.create_dataset("flag", data=np.array([True, False]))
    b.create_dataset("half", data=np.arange(5, dtype="f2"))
    for name in (">i4", ">f8", ">f2"):
        b.create_dataset("swapped " + name[1:], data=np.arange(6, dtype=name))
    b.create_dataset("text", data=np.array(["one", "zwei"], dtype=h5py.string_dtype()))
    b.create_dataset(
        "long", data=np.arange(300, dtype="i8"), chunks=(16,), maxshape=(None,), compression="gzip"
    )
    b.attrs["swapped i8"] = np.arange(3, dtype=">i8")
    many = file.create_group("many")
    for i in range(60):
        many.create_dataset(f"value_{i}", data=np.float32(i))
    for i in range(30):
        many.attrs[f"attribute {i}"] = i


for version in ("earliest", "v108"):
    with h5py.File(f"{HERE}/hdf5-{version}.h5", "w", libver=version) as file:
        fill(file)

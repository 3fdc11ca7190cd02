"""Writes numpy-functions.json: calls of array functions with the results of NumPy and SciPy.

Run it in this folder with NumPy 2 and SciPy: python3 numpy-functions.py
A tensor is {"tensor": nested list, "dtype": name}; "nan", "inf" and "-inf" are strings.
"""

import json

import numpy as np
from scipy import special

cases = []
rng = np.random.default_rng(7)


def values(x):
    x = np.asarray(x)
    if x.dtype == bool:
        return x.tolist()
    if x.dtype.kind == "f":
        flat = [
            v if np.isfinite(v) else ("nan" if np.isnan(v) else "inf" if v > 0 else "-inf")
            for v in (float(f"{v:.9g}") for v in x.ravel().astype(np.float64))
        ]
        out = np.empty(x.shape, dtype=object)
        out.ravel()[:] = flat
        return out.tolist() if x.shape else flat[0]
    return x.tolist()


def dtype_of(x):
    kind = np.asarray(x).dtype.kind
    return {"b": "bool", "i": "int32", "f": "float32"}[kind]


def encode(x):
    if isinstance(x, (np.ndarray, np.generic)):
        return {"tensor": values(x), "dtype": dtype_of(x)}
    if isinstance(x, (list, tuple)):
        return [encode(v) for v in x]
    if isinstance(x, float) and not np.isfinite(x):
        return {"number": values(np.float64(x))}
    return x


def case(fn, args, expected, **options):
    """A call and its result: an array, or a list of arrays. None among the arguments is null."""
    several = isinstance(expected, (list, tuple))
    result = [encode(np.asarray(e)) for e in expected] if several else encode(np.asarray(expected))
    cases.append({"fn": fn, "args": encode(list(args)), "expected": result, **options})


def f32(*shape, low=-2.0, high=2.0):
    return rng.uniform(low, high, shape).astype(np.float32)


def i32(*shape, low=-5, high=6):
    return rng.integers(low, high, shape).astype(np.int32)


def a(*items, dtype=np.float32):
    return np.array(items, dtype=dtype)


nan, inf = np.nan, np.inf
np.seterr(all="ignore")

# Element by element
x, y = f32(2, 3), f32(3)
for fn, call in {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "trueDivide": np.true_divide,
    "mod": np.mod,
    "remainder": np.remainder,
    "floorDivide": np.floor_divide,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "arctan2": np.arctan2,
    "hypot": np.hypot,
    "logaddexp": np.logaddexp,
    "logaddexp2": np.logaddexp2,
    "equal": np.equal,
    "notEqual": np.not_equal,
    "less": np.less,
    "lessEqual": np.less_equal,
    "greater": np.greater,
    "greaterEqual": np.greater_equal,
    "heaviside": np.heaviside,
}.items():
    case(fn, [x, y], call(x, y))
    case(fn, [a(1, -1, 0, 2.5), np.float32(-1)], call(a(1, -1, 0, 2.5), np.float32(-1)))
for fn, call in {"add": np.add, "floorDivide": np.floor_divide, "mod": np.mod, "maximum": np.maximum}.items():
    p, q = a(7, -7, 7, -7, 0, 6, dtype=np.int32), a(3, 3, -3, -3, 5, -2, dtype=np.int32)
    case(fn, [p, q], call(p, q))
p, q = a(1, -7.5, 7.5, 3, 1, -1, 0), a(0.1, 2, -2, 1, 0, 0, 0)
case("floorDivide", [p, q], np.floor_divide(p, q))
case("divideNoNan", [a(1, 2, 0), a(0, 4, 0)], a(0, 0.5, 0))
case("maximum", [a(nan, 1, 2), a(1, nan, 3)], a(nan, nan, 3))
case("hypot", [a(3e30, 0, inf, 1e-30), a(4e30, 0, 1, 1e-30)], np.hypot(a(3e30, 0, inf, 1e-30), a(4e30, 0, 1, 1e-30)))
p, q = a(inf, -inf, -inf, 1, 1000, 1), a(inf, -inf, 2, -1e8, 999, inf)
case("logaddexp", [p, q], np.logaddexp(p, q))
case("power", [a(2, 4, 9, 0, 5), a(3, 0.5, -0.5, 2, 0)], np.power(a(2, 4, 9, 0, 5), a(3, 0.5, -0.5, 2, 0)))
case("power", [a(-2, -3, dtype=np.int32), 3], a(-8, -27, dtype=np.int32))

z = np.concatenate([f32(5), a(0, 1, -1, 0.5, -0.5)])
for fn, call in {
    "negative": np.negative,
    "abs": np.abs,
    "absolute": np.abs,
    "sign": np.sign,
    "square": np.square,
    "reciprocal": np.reciprocal,
    "cbrt": np.cbrt,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.round,
    "trunc": np.trunc,
    "fix": np.fix,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arcsinh": np.arcsinh,
    "arctanh": np.arctanh,
    "deg2rad": np.deg2rad,
    "rad2deg": np.rad2deg,
    "sinc": np.sinc,
    "erf": special.erf,
    "sigmoid": special.expit,
    "log": np.log,
    "sqrt": np.sqrt,
}.items():
    case(fn, [z], call(z).astype(np.float32))
w = np.concatenate([f32(4, low=0.01, high=5), a(1, 2, 8, 1000, 1e-6)])
for fn, call in {
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "arccosh": np.arccosh,
    "sqrt": np.sqrt,
}.items():
    case(fn, [w], call(w))
case("rsqrt", [w], 1 / np.sqrt(w))
case("expm1", [a(1e-6, -1e-6)], np.expm1(a(1e-6, -1e-6)))
case("log1p", [a(1e-6, -1e-6)], np.log1p(a(1e-6, -1e-6)))
u = a(0, 0.1, -0.1, 0.5, -0.5, 0.9, -0.97, 0.999, 0.999999, -0.9999999, 1e-5, 1, -1, 1.5)
case("erfinv", [u], special.erfinv(u.astype(np.float64)).astype(np.float32), rtol=2e-6)
case("logit", [a(0.1, 0.5, 0.999)], special.logit(a(0.1, 0.5, 0.999)))
case("logSigmoid", [a(-100, -1, 0, 1, 30)], special.log_expit(a(-100, -1, 0, 1, 30)))
case("round", [a(1.2345, -2.5, 0.05, 1234.5), 1], a(1.2, -2.5, 0.0, 1234.5), atol=1e-4)
case("round", [a(1250, 1350, -49), -2], np.round(a(1250, 1350, -49), -2))
case("round", [a(1250, 1349, dtype=np.int32), -2], a(1200, 1300, dtype=np.int32))
case("clip", [z, -0.5, 0.7], np.clip(z, -0.5, 0.7))
case("clip", [z, None, 0.7], np.clip(z, None, 0.7))
case("clip", [a(-9, 0, 9, dtype=np.int32), -2, 2], a(-2, 0, 2, dtype=np.int32))
s = a(nan, inf, -inf, 1.5)
case("nanToNum", [s], np.nan_to_num(s))
case("nanToNum", [s, 7, 8, 9], a(7, 8, 9, 1.5))
for fn, call in {
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isposinf": np.isposinf,
    "isneginf": np.isneginf,
    "isfinite": np.isfinite,
}.items():
    case(fn, [s], call(s))
t, v = np.array([True, True, False, False]), np.array([True, False, True, False])
for fn, call in {
    "logicalAnd": np.logical_and,
    "logicalOr": np.logical_or,
    "logicalXor": np.logical_xor,
}.items():
    case(fn, [t, v], call(t, v))
case("logicalNot", [a(0, 2, nan)], np.array([True, False, False]))
case("where", [t, a(1, 2, 3, 4), a(-1)], a(1, 2, -1, -1))
case("select", [[t, v], [a(1, 1, 1, 1), a(2, 2, 2, 2)], 9], a(1, 1, 2, 9))
p, q = a(1, 1.00001, 1.1, inf, nan, inf), a(1, 1, 1, inf, nan, -inf)
case("isclose", [p, q], np.isclose(p, q))
case("isclose", [p, q, 0.2, 0.0, True], np.isclose(p, q, 0.2, 0.0, True))
case("allclose", [a(1, 2), a(1, 2.00001)], np.array(True))
case("arrayEqual", [a(1, 2), a(1, 2)], np.array(True))
case("arrayEqual", [a(1, 2), a(1, 2, 3)], np.array(False))
m = i32(2, 3)
case("isin", [m, a(1, 2, -3, dtype=np.int32)], np.isin(m, [1, 2, -3]))
case("isin", [m, a(1, 2, -3, dtype=np.int32), True], np.isin(m, [1, 2, -3], invert=True))

# Reductions
x = f32(2, 3, 4)
for fn, call in {
    "sum": np.sum,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "amax": np.max,
    "amin": np.min,
    "ptp": np.ptp,
    "mean": np.mean,
    "variance": np.var,
    "var": np.var,
    "std": np.std,
    "logsumexp": special.logsumexp,
    "median": np.median,
}.items():
    for axis in (None, 0, -1, (0, 2), (1, 2)):
        for keep in (False, True):
            case(fn, [x, axis, keep], call(x, axis=axis, keepdims=keep))
for fn, call in {"argmax": np.argmax, "argmin": np.argmin}.items():
    for axis in (None, 0, -1):
        for keep in (False, True):
            case(fn, [x, axis, keep], call(x, axis=axis, keepdims=keep))
case("argmax", [a(1, 3, 3, 2)], np.argmax(a(1, 3, 3, 2)))
for fn, call in {"sum": np.sum, "max": np.max, "prod": np.prod}.items():
    case(fn, [m, 0], call(m, axis=0))
case("mean", [m, 0], np.mean(m, axis=0).astype(np.float32))
case("sum", [t], np.sum(t))
case("max", [t], np.max(t))
case("any", [t], np.array(True))
for fn, call in {"any": np.any, "all": np.all, "countNonzero": np.count_nonzero}.items():
    b = np.array([[True, False, False], [True, True, True]])
    for axis in (None, 0, 1):
        case(fn, [b, axis], call(b, axis=axis))
    case(fn, [b, 1, True], call(b, axis=1, keepdims=True))
weights = f32(3, low=0.1)
case("average", [x, 1, weights], np.average(x, 1, weights))
full = f32(2, 3, 4, low=0.1)
case("average", [x, None, full], np.average(x, None, full))
case("average", [x, (0, 2), full, True], np.average(x, (0, 2), full, keepdims=True))
case("moments", [x, (0, 1)], [np.mean(x, (0, 1)), np.var(x, (0, 1))])
case("moments", [x, 2, True], [np.mean(x, 2, keepdims=True), np.var(x, 2, keepdims=True)])
case("logsumexp", [a(-inf, -inf)], np.float32(-inf))
case("logsumexp", [a(1000, 1001)], special.logsumexp(a(1000, 1001)))
case("logsumexp", [a(inf, 1)], np.float32(inf))
for ord in (None, inf, -inf, 0, 1, -1, 2, 3, 0.5, -2):
    case("norm", [x, ord, 1], np.linalg.norm(x, ord, 1))
    case("norm", [x[0, 0], ord, None, True], np.linalg.norm(x[0, 0], ord, keepdims=True))
for ord in (None, "fro", inf, -inf, 1, -1):
    for axis in ((0, 1), (2, 0), (1, 2)):
        case("norm", [x, ord, axis], np.linalg.norm(x, ord, axis))
        case("norm", [x, ord, axis, True], np.linalg.norm(x, ord, axis, keepdims=True))
case("norm", [x], np.linalg.norm(x))
holes = a(1, nan, 3, nan, -2, 5).reshape(2, 3)
for fn, call in {
    "nansum": np.nansum,
    "nanprod": np.nanprod,
    "nanmean": np.nanmean,
    "nanvar": np.nanvar,
    "nanstd": np.nanstd,
    "nanmax": np.nanmax,
    "nanmin": np.nanmin,
}.items():
    for axis in (None, 0, 1):
        case(fn, [holes, axis], call(holes, axis=axis))
case("nanmax", [a(nan, nan)], np.float32(nan))

# Order and statistics
for axis in (None, 0, 1, -1):
    case("sort", [x, axis], np.sort(x, axis))
    case("argsort", [x, axis], np.argsort(x, axis, stable=True))
case("sort", [x, 1, True], -np.sort(-x, 1))
case("sort", [m, -1], np.sort(m, -1))
case("topK", [x, 2], [-np.sort(-x, -1)[..., :2], np.argsort(-x, -1)[..., :2]])
case("topK", [x, 1], [-np.sort(-x, -1)[..., :1], np.argsort(-x, -1)[..., :1]])
case(
    "inTopK",
    [a(0, 1, 2, dtype=np.int32), np.array([[0.5, 0.3, 0.5], [0.6, 0.1, 0.3], [inf, 0.2, nan]], np.float32), 2],
    np.array([True, False, False]),
)
for n in (1, 2, 3, 7, 8, 9):
    edges = np.sort(np.round(f32(n), 1))
    probes = np.concatenate([edges, f32(4), a(-9, 9)])
    for side in ("left", "right"):
        case("searchsorted", [edges, probes, side], np.searchsorted(edges, probes, side))
    case("digitize", [probes, edges], np.digitize(probes, edges))
    case("digitize", [probes, edges, True], np.digitize(probes, edges, True))
for axis in (None, 0, 1, 2):
    case("cumsum", [x, axis], np.cumsum(x, axis))
    case("cumprod", [x, axis], np.cumprod(x, axis))
case("cumprod", [a(1, 2, 0, 3, -1, 2, 2)], np.cumprod(a(1, 2, 0, 3, -1, 2, 2)))
for n in (0, 1, 2, 3):
    case("diff", [x, n], np.diff(x, n))
case("diff", [x, 1, 1], np.diff(x, 1, 1))
for method in ("linear", "lower", "higher", "midpoint", "nearest"):
    case("quantile", [x, 0.37, 1, method], np.quantile(x, 0.37, 1, method=method))
    case("quantile", [x, [0.0, 0.5, 0.9, 1.0], (0, 2), method, True],
         np.quantile(x, [0.0, 0.5, 0.9, 1.0], (0, 2), method=method, keepdims=True))
    case("quantile", [x, a(0.0, 0.5, 0.9, 1.0), None, method],
         np.quantile(x.astype(np.float64), a(0.0, 0.5, 0.9, 1.0).astype(np.float64), method=method))
case("percentile", [x, [10, 90], -1], np.percentile(x, [10, 90], -1))
case("cov", [x[0]], np.cov(x[0]))
case("cov", [x[0], False, 0], np.cov(x[0], rowvar=False, ddof=0))
case("cov", [x[0, 0]], np.cov(x[0, 0]))
case("corrcoef", [x[0]], np.corrcoef(x[0]))
counts = a(0, 1, 1, 3, 2, 1, 7, dtype=np.int32)
case("bincount", [counts, None, 8], np.bincount(counts, minlength=8))
case("bincount", [counts, None, 3], np.bincount(counts)[:3])
case("bincount", [counts, np.arange(7, dtype=np.float32) / 2, 8], np.bincount(counts, np.arange(7) / 2, 8))
data = np.round(f32(40), 1)
for args in ([], [5], [4, (-1, 1)], [3, (0.5, 0.5)]):
    case("histogram", [data, *args], np.histogram(data, *args))
case("histogram", [a(2, 2, 2)], np.histogram(a(2, 2, 2)))
case("trapezoid", [x], np.trapezoid(x))
case("trapezoid", [x, None, 0.5, 1], np.trapezoid(x, None, 0.5, 1))
case("trapezoid", [x, a(0, 1, 3), 1, 1], np.trapezoid(x, a(0, 1, 3), 1, 1))

# Products
for p, q in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)),
             ((2, 3), (5, 3, 4)), ((4, 1, 2, 3), (5, 3, 2)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2))]:
    p, q = f32(*p), f32(*q)
    case("matmul", [p, q], np.matmul(p, q))
    case("dot", [p, q], np.dot(p, q))
case("matmul", [m, m.T], m @ m.T)
case("dot", [np.float32(2), x[0]], 2 * x[0])
p = f32(3, 4, 2)
case("vdot", [x, p], np.vdot(x, p))
case("vdot", [x, x + 1], np.vdot(x, x + 1))
q = f32(4)
case("inner", [x, q], np.inner(x, q))
case("inner", [x, x[0]], np.inner(x, x[0]))
case("outer", [x[0], q], np.outer(x[0], q))
for axes in (0, 1, [[2, 1], [1, 0]], [[0], [2]], [1, 0]):
    l, r = (x[:, :, :2], f32(2, 5)) if axes == 1 else (x, p)
    case("tensordot", [l, r, axes], np.tensordot(l, r, axes))
case("kron", [x[0], p[0]], np.kron(x[0], p[0]))
case("kron", [x[0, 0], p], np.kron(x[0, 0], p))
c3, d3, c2, d2 = f32(5, 3), f32(3), f32(5, 2), f32(5, 2)


def cross(l, r):
    l, r = (np.concatenate([v, np.zeros(v.shape[:-1] + (3 - v.shape[-1],), v.dtype)], -1) for v in (l, r))
    return np.cross(l, r)


case("cross", [c3, d3], cross(c3, d3))
case("cross", [c2, d2], cross(c2, d2)[..., 2])
case("cross", [c3, d2], cross(c3, d2))
case("cross", [c2, c3], cross(c2, c3))
case("cross", [c3.T, c3.T + 1, 0], np.cross(c3.T, c3.T + 1, axis=0))
for k in (-3, -1, 0, 1, 2, 4):
    case("diag", [a(1, 2, 3), k], np.diag(a(1, 2, 3), k))
    case("diag", [x[0], k], np.diag(x[0], k))
    case("tril", [x, k], np.tril(x, k))
    case("triu", [x, k], np.triu(x, k))
    case("eye", [3, 4, k], np.eye(3, 4, k, dtype=np.float32))
    case("tri", [3, 4, k], np.tri(3, 4, k, dtype=np.float32))
    case("trace", [x, k, 1, 2], np.trace(x, k, 1, 2))
for axes in ((0, 1), (1, 0), (2, 0), (-1, -2)):
    for k in (-1, 0, 1):
        case("diagonal", [x, k, *axes], np.diagonal(x, k, *axes))
case("diagflat", [x[0, :2, :2], 1], np.diagflat(x[0, :2, :2], 1))
case("identity", [3], np.identity(3, np.float32))
case("vander", [a(1, 2, -3)], np.vander(a(1, 2, -3)))
case("vander", [a(1, 2, -3), 4, True], np.vander(a(1, 2, -3), 4, True))
case("matrixTranspose", [x], np.matrix_transpose(x))

# Shape
case("reshape", [x, (-1, 4)], x.reshape(-1, 4))
case("reshape", [x, (3, 2, -1, 1)], x.reshape(3, 2, -1, 1))
case("flatten", [x], x.ravel())
case("ravel", [x], x.ravel())
case("expandDims", [x, 0], np.expand_dims(x, 0))
case("expandDims", [x, (0, -1)], np.expand_dims(x, (0, -1)))
case("squeeze", [x[:1, :, :1]], np.squeeze(x[:1, :, :1]))
case("squeeze", [x[:1, :, :1], -1], np.squeeze(x[:1, :, :1], -1))
case("transpose", [x], x.T)
case("transpose", [x, (1, 2, 0)], x.transpose(1, 2, 0))
case("moveaxis", [x, 0, -1], np.moveaxis(x, 0, -1))
case("moveaxis", [x, (0, 1), (2, 0)], np.moveaxis(x, (0, 1), (2, 0)))
case("swapaxes", [x, 0, -1], np.swapaxes(x, 0, -1))
case("broadcastTo", [x[0, 0], (2, 3, 4)], np.broadcast_to(x[0, 0], (2, 3, 4)))
case("broadcastArrays", [[x[:, :1], x[0]]], np.broadcast_arrays(x[:, :1], x[0]))
for n, call in {"atleast1d": np.atleast_1d, "atleast2d": np.atleast_2d, "atleast3d": np.atleast_3d}.items():
    for v in (np.float32(2), x[0, 0], x[0], x):
        case(n, [v], call(v))
for indexing in ("xy", "ij"):
    case("meshgrid", [[a(1, 2, 3), a(4, 5)], indexing], np.meshgrid(a(1, 2, 3), a(4, 5), indexing=indexing))
    case("meshgrid", [[a(1, 2, 3), a(4, 5), a(6)], indexing],
         np.meshgrid(a(1, 2, 3), a(4, 5), a(6), indexing=indexing))
case("meshgrid", [[a(1, 2)]], np.meshgrid(a(1, 2)))
case("flip", [x], np.flip(x))
case("flip", [x, (0, 2)], np.flip(x, (0, 2)))
case("fliplr", [x], np.fliplr(x))
case("flipud", [x], np.flipud(x))
for k in range(-1, 4):
    case("rot90", [x, k], np.rot90(x, k))
    case("rot90", [x, k, (2, 1)], np.rot90(x, k, (2, 1)))
for shift, axis in ((1, None), (-2, None), (1, 1), (-5, 2), (4, 2), ((1, 2), (0, 2)), (1, (0, 1)), (0, 0)):
    case("roll", [x, shift, axis], np.roll(x, shift, axis))
case("concatenate", [[x, x + 1], 1], np.concatenate([x, x + 1], 1))
case("concatenate", [[x, x[0]], None], np.concatenate([x, x[0]], None))
case("append", [x, x[:1], 0], np.append(x, x[:1], 0))
case("append", [x, x[0]], np.append(x, x[0]))
for axis in (0, 1, -1):
    case("stack", [[x, x + 1, x + 2], axis], np.stack([x, x + 1, x + 2], axis))
for n, call in {"hstack": np.hstack, "vstack": np.vstack, "dstack": np.dstack}.items():
    case(n, [[x[0, 0], x[0, 1]]], call([x[0, 0], x[0, 1]]))
    case(n, [[x[0], x[1]]], call([x[0], x[1]]))
case("split", [x, 2, 2], np.split(x, 2, 2))
case("split", [x, (1, 3), 2], np.split(x, (1, 3), 2))
case("split", [x, (2, -1, 1), 2], [x[..., :2], x[..., 2:3], x[..., 3:1], x[..., 1:]])
case("arraySplit", [x, 3, 2], np.array_split(x, 3, 2))
case("hsplit", [x[:, :2], 2], np.hsplit(x[:, :2], 2))
case("vsplit", [x, 2], np.vsplit(x, 2))
case("dsplit", [x, 2], np.dsplit(x, 2))
case("unstack", [x, None, 1], list(np.moveaxis(x, 1, 0)))
for repeats in (2, (2, 1), (1, 3, 2), (2, 1, 1, 2), (0, 1, 1)):
    case("tile", [x, repeats], np.tile(x, repeats))
for repeats, axis in ((2, None), (3, 1), (2, -1), ((1, 0, 2), 1), ((2,), 0)):
    case("repeat", [x, repeats, axis], np.repeat(x, repeats, axis))
for mode in ("edge", "reflect", "symmetric", "wrap"):
    case("pad", [x, ((0, 0), (1, 2), (3, 1)), mode], np.pad(x, ((0, 0), (1, 2), (3, 1)), mode))
    case("pad", [x[0], (5, 9), mode], np.pad(x[0], (5, 9), mode))
    case("pad", [x[0, :1], 2, mode], np.pad(x[0, :1], 2, mode))
case("pad", [x, 1], np.pad(x, 1))
case("pad", [x[0], ((0, 1), (2, 0)), "constant", 7], np.pad(x[0], ((0, 1), (2, 0)), constant_values=7))

# Creation
case("zeros", [(2, 3)], np.zeros((2, 3), np.float32))
case("ones", [(2,), "int32"], np.ones(2, np.int32))
case("full", [(2, 2), 3.5], np.full((2, 2), 3.5, np.float32))
case("full", [(2, 2), True], np.full((2, 2), True))
case("full", [(2, 3), a(1, 2, 3)], np.full((2, 3), a(1, 2, 3)))
case("zerosLike", [m], np.zeros_like(m))
case("onesLike", [m, "float32"], np.ones_like(m, np.float32))
case("fullLike", [x, 2], np.full_like(x, 2))
for args in ((5,), (2, 7), (7, 2, -2), (3, 3), (-1, 2)):
    case("arange", args, np.arange(*args, dtype=np.int32))
for args in ((0.5,), (0, 1, 0.1), (1, 0, -0.3)):
    case("arange", args, np.arange(*args, dtype=np.float32))
case("arange", [3, None, 1, "float32"], np.arange(3, dtype=np.float32))
for args in ((0, 1, 5), (2, -3, 4, False), (1, 1, 1), (0, 5, 0)):
    case("linspace", args, np.linspace(*args).astype(np.float32))
case("linspace", [x[0, 0], x[0, 1], 4], np.linspace(x[0, 0], x[0, 1], 4))
case("linspace", [x[0, 0], 2, 3, True, None, -1], np.linspace(x[0, 0], 2, 3, axis=-1))
case("logspace", [0, 2, 5], np.logspace(0, 2, 5).astype(np.float32))
case("logspace", [0, 3, 4, True, 2], np.logspace(0, 3, 4, base=2).astype(np.float32))
case("geomspace", [1, 1000, 4], np.geomspace(1, 1000, 4).astype(np.float32))
case("geomspace", [256, 1, 8, False], np.geomspace(256, 1, 8, False).astype(np.float32))
case("array", [[[1, 2], [3, 4]]], np.array([[1, 2], [3, 4]], np.float32))
case("array", [[True, False]], np.array([True, False]))
case("array", [[1, 2], "int32"], np.array([1, 2], np.int32))

# Index
picks = a(2, 0, -1, dtype=np.int32)
case("take", [x, picks, 1], np.take(x, picks, 1))
case("take", [x, np.array([[5, -1], [0, 7]], np.int32)], np.take(x, [[5, -1], [0, 7]]))
case("take", [x, 1, -1], np.take(x, 1, -1))
case("take", [x, [1, 0], 0], np.take(x, [1, 0], 0))
case("gather", [x, [1, 0, 1]], x[[1, 0, 1]])
order = np.argsort(x, 1)
case("takeAlongAxis", [x, order.astype(np.int32), 1], np.take_along_axis(x, order, 1))
first = np.argmax(x, 2, keepdims=True)
case("takeAlongAxis", [x, first.astype(np.int32)], np.take_along_axis(x, first, 2))
case("takeAlongAxis", [x, np.array([[[1], [0], [2]]], np.int32), 2],
     np.take_along_axis(x, np.array([[[1], [0], [2]]] * 2), 2))
case("takeAlongAxis", [x, np.array([3, -1], np.int32), None], np.take_along_axis(x, np.array([3, -1]), None))
points = np.array([[0, 1], [1, -1], [-2, 0]], np.int32)
case("gatherNd", [x, points], x[points[:, 0], points[:, 1]])
case("gatherNd", [x, np.array([[[1, 2, 3]]], np.int32)], x[[[1]], [[2]], [[3]]])
case("oneHot", [a(0, 2, -1, 3, dtype=np.int32), 3], np.array([[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]], np.float32))
case("oneHot", [np.array([[0, 1]], np.int32), 2, 1, "int32"], np.array([[[1, 0], [0, 1]]], np.int32))
case("multiHot", [np.array([[0, 2], [1, 1]], np.int32), 3], np.array([[1, 0, 1], [0, 1, 0]], np.float32))
case("multiHot", [a(0, 2, dtype=np.int32), 4], a(1, 0, 1, 0))
updates = f32(3, 4)
twice = np.array([[0, 1], [1, 2], [0, 1]], np.int32)
added = x.copy()
np.add.at(added, (twice[:, 0], twice[:, 1]), updates)
case("scatterAdd", [x, twice, updates], added)
written = x.copy()
for at, row in zip(twice, updates):
    written[at[0], at[1]] = row
case("scatterUpdate", [x, twice, updates], written)
rows = i32(4, 3)
case("scatterUpdate", [m, np.array([[1], [1], [0], [1]], np.int32), rows], np.stack([rows[2], rows[3]]))
case("scatterUpdate", [np.array([True, True]), np.array([[1]], np.int32), np.array([False])], np.array([True, False]))
case("scatter", [np.array([[1], [3], [1]], np.int32), a(5, 6, 7), (5,)], a(0, 12, 0, 6, 0))
segments = a(1, 0, 1, 5, -1, dtype=np.int32)
seg = f32(5, 2)
case("segmentSum", [seg, segments, 3], np.stack([seg[1], seg[0] + seg[2], np.zeros(2, np.float32)]))
case("segmentMax", [seg, segments, 3],
     np.stack([seg[1], np.maximum(seg[0], seg[2]), np.full(2, -inf, np.float32)]))
case("segmentMax", [a(3, -1, 4, 1, 5), a(0, 0, 1, 1, 0, dtype=np.int32), 2], a(5, 4))
case("slice", [x, (1, 0, 2), (1, 3, 2)], x[1:2, 0:3, 2:4])
case("slice", [x, (0, -2, 1), (-1, 2, -1)], x[:, 1:, 1:])
case("slice", [x, (0, np.int32(1), np.int32(9)), (2, 2, 3)], x[:, 1:3, 1:4])
box = f32(1, 2, 2)
replaced = x.copy()
replaced[1:2, 0:2, 2:4] = box
case("sliceUpdate", [x, (1, 0, 2), box], replaced)
case("sliceUpdate", [x, (np.int32(1), 0, np.int32(2)), box], replaced)
case("sliceUpdate", [x, (-1, 0, -2), box], replaced)
for begin, end, strides in (
    ((0, 1), (2, 3), (1, 1)),
    ((None, -2, None), (None, None, None), (1, 1, -1)),
    ((None, None, 3), (None, None, 0), (-1, 2, -2)),
    ((5, None, -9), (None, 1, 9), (1, -1, 3)),
    ((1, 2), (0, 2), (1, 1)),
    ((None, None, -2), (None, None, -9), (1, 1, -1)),
):
    index = tuple(slice(*v) for v in zip(begin, end, strides))
    case("stridedSlice", [x, begin, end, strides], x[index])
case("getItem", [x, 0, "1:-1", "..."], x[0, 1:-1, ...])
case("getItem", [x, "...", None, "::2"], x[..., None, ::2])
case("getItem", [x, -1, None, "::-1", 2], x[-1, None, ::-1, 2])
case("getItem", [x, ":", picks, 1], x[:, picks, 1])

# Remainders, the larger of numbers, special functions
p, q = a(7, -7, 7, -7, 0, 5.5, 3), a(3, 3, -3, -3, 5, -2, inf)
case("fmod", [p, q], np.fmod(p, q))
p, q = a(7, -7, 7, -7, 0, 6, dtype=np.int32), a(3, 3, -3, -3, 5, -2, dtype=np.int32)
case("fmod", [p, q], np.fmod(p, q))
p, q = a(nan, 1, 2, nan, 5, -inf), a(1, nan, 3, nan, 4, nan)
case("fmax", [p, q], np.fmax(p, q))
case("fmin", [p, q], np.fmin(p, q))
case("fmax", [x, x[0]], np.fmax(x, x[0]))
case("fmin", [x, x[0]], np.fmin(x, x[0]))
case("fabs", [m], np.fabs(m).astype(np.float32))
case("fabs", [x[0]], np.fabs(x[0]))
u = np.concatenate([f32(8, low=-3, high=6), a(0, 0.46, 0.47, -0.5, 4, 4.1, 9, -9, inf, -inf, nan)])
case("erfc", [u], special.erfc(u.astype(np.float64)).astype(np.float32), atol=0)
u = np.concatenate([f32(6, low=-20, high=20), a(0, 0.01, 1, 9.99, 10.01, 40, -88)])
case("i0", [u], np.i0(u.astype(np.float64)).astype(np.float32), rtol=8e-6)
u = a(-3, -0.5, 0, 0.3, 2, 7.5, 10.5, 12)
case("i0", [u], np.i0(u.astype(np.float64)).astype(np.float32), rtol=4e-6)
k3, k4 = f32(2, 3, 4), f32(2, 5, 4)
case("cdist", [k3, k4], np.sqrt(((k3[:, :, None] - k4[:, None]) ** 2).sum(-1)))
case("cdist", [k3, k4[0]], np.sqrt(((k3[:, :, None] - k4[0][None]) ** 2).sum(-1)))

# Numbers among NaN
holes = np.where(rng.random((3, 4, 5)) < 0.3, np.float32(nan), f32(3, 4, 5))
holes[0, 1] = [nan, -inf, inf, nan, 1]


def nan_argument(call, neutral):
    def find(v, axis=None, **options):
        none = np.isnan(v).all(axis, keepdims=True)
        found = call(np.where(none, neutral, v), axis, **options)
        return np.where(none.reshape(np.shape(found)), -1, found)

    return find


for fn, call in {"nanargmax": nan_argument(np.nanargmax, -inf), "nanargmin": nan_argument(np.nanargmin, inf)}.items():
    for axis in (None, 0, 1, -1):
        case(fn, [holes, axis], call(holes, axis))
    case(fn, [holes, 1, True], call(holes, 1, keepdims=True))
    case(fn, [a(nan, nan)], np.int32(-1))
    case(fn, [a(1, 3, 3, 1, dtype=np.int32)], call(a(1, 3, 3, 1, dtype=np.int32)))
case("nanargmax", [a(nan, -inf)], np.int32(1))
case("nanargmin", [a(nan, inf)], np.int32(1))
finite = np.where(np.isinf(holes), np.float32(2), holes)
for fn, call in {"nancumsum": np.nancumsum, "nancumprod": np.nancumprod}.items():
    for axis in (None, 0, 2):
        case(fn, [finite, axis], call(finite, axis))
    case(fn, [m, 1], call(m, 1))
for axis in (None, 0, -1, (0, 2)):
    for keep in (False, True):
        case("nanmedian", [finite, axis, keep], np.nanmedian(finite, axis, keepdims=keep))
case("nanmedian", [np.array([[nan, nan], [1, nan]], np.float32), 1], a(nan, 1))
case("nanmedian", [a(nan, 1, inf)], np.float32(inf))
for method in ("linear", "lower", "higher", "midpoint", "nearest"):
    case("nanquantile", [finite, 0.37, 1, method], np.nanquantile(finite, 0.37, 1, method=method))
    case("nanquantile", [finite, [0.0, 0.5, 0.9, 1.0], (0, 2), method, True],
         np.nanquantile(finite, [0.0, 0.5, 0.9, 1.0], (0, 2), method=method, keepdims=True))
case("nanpercentile", [finite, [10, 90], -1], np.nanpercentile(finite, [10, 90], -1))

# Smallest and product of segments, distinct elements
case("segmentMin", [seg, segments, 3], np.stack([seg[1], np.minimum(seg[0], seg[2]), np.full(2, inf, np.float32)]))
case("segmentMin", [a(3, -1, 4, 1, 5, dtype=np.int32), a(0, 0, 1, 1, 0, dtype=np.int32), 3],
     a(-1, 1, 2**31 - 1, dtype=np.int32))
case("segmentProd", [seg, segments, 3], np.stack([seg[1], seg[0] * seg[2], np.ones(2, np.float32)]))
many, ids = f32(9, 2, low=0.5), i32(9, low=0, high=4)
many[3] = 0
case("segmentProd", [many, ids, 5], np.stack([np.prod(many[ids == s], 0) for s in range(5)]))
for data, size in ((i32(3, 4), 12), (i32(30), 11), (np.round(f32(20), 1), 25)):
    v, i, inv, c = np.unique(data, return_index=True, return_inverse=True, return_counts=True)
    pad = (0, size - len(v))
    case("unique", [data, size],
         [np.pad(v, pad), np.pad(i, pad), inv.reshape(data.shape), np.pad(c, pad)])
case("unique", [a(3, 1, 2, 1), 2], [a(1, 2), a(1, 2, dtype=np.int32), a(2, 0, 1, 0, dtype=np.int32),
                                    a(2, 1, dtype=np.int32)])
case("unique", [a(3, 1, 3), 3, -7], [a(1, 3, -7), a(1, 0, 0, dtype=np.int32), a(1, 0, 1, dtype=np.int32),
                                     a(1, 2, 0, dtype=np.int32)])

with open("numpy-functions.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
print(len(cases), "cases of", len({c["fn"] for c in cases}), "functions")

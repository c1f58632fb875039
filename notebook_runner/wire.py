"""Typed values as bytes: all that may cross between a student's process and the grader.

The format is MessagePack with a handful of extension types. Nothing is ever unpickled,
evaluated or imported while decoding; sizes and depth are bounded; an array is accepted only
with a numeric, boolean or Unicode dtype and exactly as many bytes as its shape needs.

=====================  =====================================================================
value                  direction
=====================  =====================================================================
None bool int float    both (integers of any size, complex numbers too)
str bytes              both
list tuple dict        both
numpy array, scalar    both (dtype kinds ``b i u f c U``); a read-only array stays read-only
torch tensor           both (as its NumPy array and the tensor mark)
named tuple            both (`Record` on the trusted side: a tuple with a name and fields)
`Seed`                 to the student only: becomes a ``numpy.random.Generator``
`Probe`                to the student only: a named function of `notebook_runner.probes`
`Handle`               both: an object that stays inside
=====================  =====================================================================
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

MAX_BYTES = 64 * 2**20
COPIES = 4
MAX_DEPTH = 24
MAX_ITEMS = 1_000_000
MAX_INT_BYTES = 1024  # Python refuses to print an integer of more than 4,300 digits; these have 2,466

_ARRAY, _TENSOR, _TUPLE, _RECORD, _BIGINT, _COMPLEX, _SEED, _PROBE, _HANDLE = range(1, 10)
_KINDS = "biufcU"


class WireError(Exception):
    """A value cannot cross: its type, size, depth or encoding is not allowed."""


class Record(tuple):
    """A named tuple as plain data: `name`, `fields`, and the values as a tuple.

    Fields read as attributes, so ``record.weights`` works. An attribute that is not a field
    raises AttributeError.
    """

    name: str
    fields: tuple[str, ...]

    def __new__(cls, name: str, fields: tuple[str, ...], values: tuple[Any, ...]) -> Record:
        """Make a record; `fields` and `values` have the same length."""
        if len(fields) != len(values):
            raise WireError(f"{name} has {len(fields)} fields and {len(values)} values")
        record = super().__new__(cls, values)
        record.name = name
        record.fields = fields
        return record

    def __getattr__(self, field: str) -> Any:
        fields = self.__dict__.get("fields", ())
        if field in fields:
            return self[fields.index(field)]
        raise AttributeError(field)

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{f}={v!r}' for f, v in zip(self.fields, self, strict=True))})"


@dataclass(frozen=True)
class Seed:
    """A seed that becomes ``numpy.random.default_rng(entropy)`` inside."""

    entropy: int


@dataclass(frozen=True)
class Probe:
    """A named function of `notebook_runner.probes` with its parameters: no code crosses."""

    name: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Handle:
    """An object that stays inside the student's process; `kind` says what may be asked of it."""

    number: int
    kind: str
    names: tuple[str, ...] = ()


def encode(value: Any, *, substitute: Callable[[Any], Any] | None = None) -> bytes:
    """Turn a value into bytes.

    `substitute` sees every value that has no encoding of its own and returns one that has
    (a `Handle`, say) or raises. Raises WireError where the value cannot cross.
    """
    data = msgpack.packb(_plain(value, substitute, 0), use_bin_type=True)
    if len(data) > MAX_BYTES:
        raise WireError(f"the value is too large: {len(data):,} bytes, {MAX_BYTES:,} allowed")
    return data


def decode(data: bytes, *, resolve: Callable[[Any], Any] | None = None) -> Any:
    """Turn bytes into a value.

    `resolve` sees each decoded `Seed`, `Probe`, `Handle` and `Record` and returns what takes its
    place. Raises WireError for anything malformed, too large or too deep.
    """
    if len(data) > MAX_BYTES:
        raise WireError(f"the message is too large: {len(data):,} bytes, {MAX_BYTES:,} allowed")
    return _Decoder(resolve).unpack(data, 0)


def _pack(value: Any) -> bytes:
    return msgpack.packb(value, use_bin_type=True)


_AS_IT_IS = frozenset((type(None), bool, float, str, bytes))
"""Types, exactly these, whose values MessagePack takes and gives as they are."""


def _plain(value: Any, substitute: Callable[[Any], Any] | None, depth: int) -> Any:
    # Most of what crosses; what follows is for the rest.
    kind = type(value)
    if depth > MAX_DEPTH:
        raise WireError(f"the value is nested more than {MAX_DEPTH} levels deep")
    if kind in _AS_IT_IS:
        return value
    if kind is np.ndarray:
        return _plain_array(value)

    as_it_is = _AS_IT_IS if depth < MAX_DEPTH else frozenset()

    def inner(item: Any) -> Any:
        return item if type(item) in as_it_is else _plain(item, substitute, depth + 1)

    if kind is list:
        return [item if type(item) in as_it_is else _plain(item, substitute, depth + 1) for item in value]
    if kind is int and -(2**63) <= value < 2**64:
        return value
    if kind is dict:
        return {k if type(k) is str else _key(k): inner(v) for k, v in value.items()}
    if kind is tuple:
        return msgpack.ExtType(_TUPLE, _pack([inner(v) for v in value]))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, np.generic | np.ndarray):
        return _plain_array(np.asarray(value))
    if isinstance(value, int):
        number = int(value)
        if -(2**63) <= number < 2**64:
            return number
        size = number.bit_length() // 8 + 1
        if size > MAX_INT_BYTES:
            raise WireError("the integer is too large")
        return msgpack.ExtType(_BIGINT, number.to_bytes(size, "little", signed=True))
    if isinstance(value, float):
        return float(value)
    if isinstance(value, complex):
        return msgpack.ExtType(_COMPLEX, _pack([value.real, value.imag]))
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(value, Record):
        return msgpack.ExtType(_RECORD, _pack([value.name, list(value.fields), [inner(v) for v in value]]))
    if isinstance(value, tuple):
        fields = getattr(type(value), "_fields", None)
        if fields is not None:
            values = [inner(v) for v in tuple.__iter__(value)]
            return msgpack.ExtType(_RECORD, _pack([type(value).__name__, list(fields), values]))
        return msgpack.ExtType(_TUPLE, _pack([inner(v) for v in value]))
    if isinstance(value, list):
        return [inner(v) for v in value]
    if isinstance(value, dict):
        return {k if type(k) is str else _key(k): inner(v) for k, v in value.items()}
    if isinstance(value, Seed):
        return msgpack.ExtType(_SEED, value.entropy.to_bytes(32, "little"))
    if isinstance(value, Probe):
        return msgpack.ExtType(_PROBE, _pack([value.name, inner(value.parameters)]))
    if isinstance(value, Handle):
        return msgpack.ExtType(_HANDLE, _pack([value.number, value.kind, list(value.names)]))
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return msgpack.ExtType(_TENSOR, _pack(_plain_array(value.detach().cpu().numpy())))
    if substitute is not None:
        return inner(substitute(value))
    raise WireError(f"a value of type {type(value).__name__} cannot be returned")


def _key(key: Any) -> Any:
    if isinstance(key, np.generic):
        key = key.item()
    if key is None or isinstance(key, bool | int | float | str | bytes):
        return key
    raise WireError(f"a dictionary key of type {type(key).__name__} cannot be returned")


def _plain_array(array: np.ndarray) -> Any:
    if array.dtype.kind not in _KINDS:
        raise WireError(f"an array of dtype {array.dtype} cannot be returned: use numbers")
    if array.nbytes > MAX_BYTES:
        raise WireError(f"the array is too large: {array.nbytes:,} bytes, {MAX_BYTES:,} allowed")
    if type(array) is not np.ndarray:
        array = np.asarray(array).view(np.ndarray)
    name, little = _little_endian(array.dtype)
    flags = array.flags
    order = "F" if flags.f_contiguous and not flags.c_contiguous and array.ndim > 1 else "C"
    data = (array if array.dtype == little else array.astype(little)).tobytes(order)  # type: ignore[arg-type]
    return msgpack.ExtType(_ARRAY, _pack([name, array.shape, order, flags.writeable, data]))


@functools.lru_cache(maxsize=64)
def _little_endian(dtype: np.dtype) -> tuple[str, np.dtype]:
    """The dtype that an array of this one is sent as, and what that is called."""
    little = dtype.newbyteorder("<")
    return little.str, little


@functools.lru_cache(maxsize=64)
def _dtype(name: str) -> np.dtype:
    """The dtype of that name, where arrays of it may cross; raises WireError."""
    try:
        dtype = np.dtype(name)
    except Exception:
        raise WireError("an array with an unknown dtype") from None
    if dtype.kind not in _KINDS or name != dtype.newbyteorder("<").str:
        raise WireError(f"an array of dtype {dtype} is not allowed")
    return dtype


@functools.lru_cache(maxsize=64)
def _own(dtype: np.dtype) -> np.dtype:
    """The dtype in this machine's own byte order."""
    return dtype.newbyteorder("=")


class _Decoder:
    """One decoding: counts items and bytes over the whole message, so nesting cannot multiply them."""

    def __init__(self, resolve: Callable[[Any], Any] | None) -> None:
        self.resolve = resolve
        self.items = 0
        self.parsed = 0
        self.bytes = 0

    def unpack(self, data: bytes, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise WireError(f"the value is nested more than {MAX_DEPTH} levels deep")
        # Each extension around a value is unpacked once more, with a copy of all that is inside.
        self.bytes += len(data)
        if self.bytes > COPIES * MAX_BYTES:
            raise WireError("the value is too large for its nesting")
        most = min(MAX_ITEMS, len(data))
        try:
            raw = msgpack.unpackb(
                data,
                raw=False,
                strict_map_key=False,
                ext_hook=msgpack.ExtType,
                list_hook=self.count,
                object_hook=self.count,
                max_array_len=most,
                max_map_len=most,
            )
        except WireError:
            raise
        except Exception as error:
            raise WireError(f"the message is malformed ({type(error).__name__})") from None
        return self.build(raw, depth)

    def count(self, container: Any) -> Any:
        """Stop msgpack as soon as the containers that it has made are too many."""
        self.parsed += 1 + len(container)
        if self.parsed > 2 * MAX_ITEMS:
            raise WireError(f"the value has more than {MAX_ITEMS:,} items")
        return container

    def build(self, raw: Any, depth: int) -> Any:
        self.items += 1
        if self.items > MAX_ITEMS:
            raise WireError(f"the value has more than {MAX_ITEMS:,} items")
        if depth > MAX_DEPTH:
            raise WireError(f"the value is nested more than {MAX_DEPTH} levels deep")
        kind = type(raw)
        if kind in _AS_IT_IS or kind is int:
            return raw
        if kind is msgpack.ExtType:
            return self.extension(raw.code, raw.data, depth)
        if kind is list:
            return self.built(raw, depth + 1)
        if kind is dict:
            keys = [k if type(k) is str else self.key(k) for k in raw]
            return dict(zip(keys, self.built(raw.values(), depth + 1), strict=True))
        raise WireError(f"unexpected {type(raw).__name__} in a message")

    def built(self, items: Collection[Any], depth: int) -> list[Any]:
        if items and depth > MAX_DEPTH:
            raise WireError(f"the value is nested more than {MAX_DEPTH} levels deep")
        ready = [item for item in items if type(item) in _AS_IT_IS or type(item) is int]
        self.items += len(ready)
        if self.items > MAX_ITEMS:
            raise WireError(f"the value has more than {MAX_ITEMS:,} items")
        if len(ready) == len(items):
            return ready
        return [
            item if type(item) in _AS_IT_IS or type(item) is int else self.build(item, depth)
            for item in items
        ]

    def key(self, key: Any) -> Any:
        if type(key) in _AS_IT_IS or type(key) is int:
            return key
        raise WireError("a dictionary key of a type that is not allowed")

    def parts(self, data: bytes, depth: int, *types: type) -> list[Any]:
        parts = self.unpack(data, depth + 1)
        if not isinstance(parts, list) or len(parts) != len(types):
            raise WireError("a malformed extension in a message")
        if not all(isinstance(part, kind) for part, kind in zip(parts, types, strict=True)):
            raise WireError("a malformed extension in a message")
        return parts

    def replaced(self, value: Any) -> Any:
        return value if self.resolve is None else self.resolve(value)

    def extension(self, code: int, data: bytes, depth: int) -> Any:
        if code == _ARRAY:
            return self.array(*self.parts(data, depth, str, list, str, bool, bytes))
        if code == _TENSOR:
            array = self.unpack(data, depth + 1)
            if not isinstance(array, np.ndarray):
                raise WireError("a tensor without an array")
            torch = sys.modules.get("torch")
            try:
                return array if torch is None else torch.from_numpy(array.copy())
            except TypeError:
                raise WireError(f"a tensor of dtype {array.dtype} is not allowed") from None
        if code == _TUPLE:
            items = self.unpack(data, depth + 1)
            if not isinstance(items, list):
                raise WireError("a malformed tuple in a message")
            return tuple(items)
        if code == _RECORD:
            name, fields, values = self.parts(data, depth, str, list, list)
            if not all(isinstance(field, str) for field in fields):
                raise WireError("a malformed named tuple in a message")
            return self.replaced(Record(name, tuple(fields), tuple(values)))
        if code == _BIGINT:
            if len(data) > MAX_INT_BYTES:
                raise WireError("the integer is too large")
            return int.from_bytes(data, "little", signed=True)
        if code == _COMPLEX:
            return complex(*self.parts(data, depth, float, float))
        if code == _SEED:
            return self.replaced(Seed(int.from_bytes(data[:32], "little")))
        if code == _PROBE:
            return self.replaced(Probe(*self.parts(data, depth, str, dict)))
        if code == _HANDLE:
            number, kind, names = self.parts(data, depth, int, str, list)
            if not all(isinstance(name, str) for name in names) or not 0 <= number < 2**63:
                raise WireError("a malformed handle in a message")
            return self.replaced(Handle(number, kind, tuple(names)))
        raise WireError(f"unknown extension {code} in a message")

    def array(self, dtype: str, shape: list[Any], order: str, writeable: bool, data: bytes) -> np.ndarray:
        if len(dtype) > 16 or order not in ("C", "F") or len(shape) > 16:
            raise WireError("a malformed array in a message")
        if not all(type(n) is int and 0 <= n <= MAX_BYTES for n in shape):
            raise WireError("an array with an impossible shape")
        kind = _dtype(dtype)
        if math.prod(n or 1 for n in shape) > MAX_BYTES:
            raise WireError("an array with an impossible shape")
        if not kind.itemsize or math.prod(shape) * kind.itemsize != len(data):
            raise WireError("an array whose shape does not fit its bytes")
        array = np.frombuffer(data, kind).reshape(shape, order=order)  # type: ignore[call-overload]
        if kind.kind == "U":
            letters = np.frombuffer(data, "<u4")
            if bool(((letters > 0x10FFFF) | ((letters >= 0xD800) & (letters <= 0xDFFF))).any()):
                raise WireError("an array with invalid text")
        array = array.astype(_own(kind), order="K", copy=True)
        if not writeable:
            array.flags.writeable = False
        return array

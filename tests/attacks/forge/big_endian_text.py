# attacks = "the decoder, by text in the other byte order with characters that do not exist"
# [points]
# double = 0.0
# %% double
import msgpack, os, struct
from notebook_runner import wire
def double(x):
    array = msgpack.ExtType(1, msgpack.packb([">U2", [2], "C", True, b"\x00\x00\x00a\x00\x11\x00\x00" * 2]))
    message = msgpack.packb({"id": 0, "value": array})
    os.write(3, struct.pack("<I", len(message)) + message)
    return x

# attacks = "the result channel, by a message written before the call is answered"
# points = { double = 0 }
# %% double
import os, struct
def double(x):
    message = b"\x82\xa2id\x00\xa5value\x01"
    os.write(3, struct.pack("<I", len(message)) + message)
    return x

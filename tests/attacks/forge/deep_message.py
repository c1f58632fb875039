# attacks = "the decoder, with a message nested a million deep, sent raw"
# points = { double = 0 }
# %% double
import os, struct
def double(x):
    message = b"\x91" * 1_000_000
    os.write(3, struct.pack("<I", len(message)))
    for start in range(0, len(message), 50_000):
        os.write(3, message[start:start + 50_000])
    return x

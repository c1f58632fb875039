# attacks = "the disk, by files that have no name and no descriptor any more but are mapped"
# %% own
import mmap, os, time
held = []
try:
    for number in range(64):
        with open("part", "w+b", buffering=0) as file:
            file.write(bytes(2**20))
            held.append(mmap.mmap(file.fileno(), 4096))
        os.unlink("part")
    time.sleep(0.6)
    print("ATTACK " + "SUCCEEDED")
except OSError:
    pass

# attacks = "whoever counts its open files, by hiding what its processes have open"
# %% own
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.prctl(4, 0, 0, 0, 0)
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

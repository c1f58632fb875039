# attacks = "the filter of system calls, by numbers that have the x32 bit: unknown to the list, known to the kernel"
# cells = ["crashed"]
# %% own
import ctypes, os, platform
libc = ctypes.CDLL(None)
if platform.machine() != "x86_64":
    os._exit(0)  # no other architecture has them
print("ATTACK " + "SUCCEEDED", libc.syscall(0x40000000 + 39))

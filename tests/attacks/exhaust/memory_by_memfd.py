# attacks = "memory that no limit of a process counts: files in memory that are written, never mapped"
# cells = ["error", "ok"]
# %% own
import os
held = []
for _ in range(100):
    held.append(os.memfd_create("memory"))
    os.write(held[-1], bytes(7 * 2**20))
# %% own
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
assert libc.syscall(447, 0) == -1

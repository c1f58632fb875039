# attacks = "other processes, by ptrace and process_vm_readv"
# cells = ["ok"]
# %% own
import ctypes
libc = ctypes.CDLL(None)
for pid in (int("<<ZYGOTE>>"), int("<<ENGINE>>"), 1):
    if libc.ptrace(16, pid, 0, 0) == 0 or libc.ptrace(0x4206, pid, 0, 0) == 0:
        print("ATTACK SUCCEEDED", pid)

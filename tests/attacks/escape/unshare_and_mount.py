# attacks = "the wall, by namespaces and mounts of its own"
# cells = ["ok"]
# %% own
import ctypes
libc = ctypes.CDLL(None)
for flag in (0x10000000, 0x00020000, 0x20000000, 0x40000000):
    if libc.unshare(flag) == 0:
        print("ATTACK SUCCEEDED", flag)
if libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None) == 0 or libc.chroot(b".") == 0:
    print("ATTACK SUCCEEDED")
if libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0) > 0:
    print("ATTACK SUCCEEDED clone")

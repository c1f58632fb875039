# attacks = "devices, by nodes made in the work folder"
# cells = ["ok"]
# %% own
import os, stat
for kind in (stat.S_IFBLK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK):
    try:
        os.mknod("device", kind | 0o666, os.makedev(8, 0))
        print("ATTACK SUCCEEDED")
    except OSError:
        pass
for name in ("/dev/sda", "/dev/mem", "/dev/kmsg", "/dev/tty", "/dev/ptmx", "/dev/fuse"):
    try:
        open(name, "rb")
        print("ATTACK SUCCEEDED", name)
    except OSError:
        pass

# attacks = "programs that no file shows, by memfd_create and execve"
# cells = ["ok"]
# %% own
import os
for flags in (0, os.MFD_CLOEXEC, os.MFD_ALLOW_SEALING):
    try:
        number = os.memfd_create("program", flags)
    except OSError:
        continue
    print("ATTACK " + "SUCCEEDED", number)

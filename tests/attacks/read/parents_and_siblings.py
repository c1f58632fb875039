# attacks = "command lines and environments of every process that /proc shows"
# cells = ["ok"]
# %% own
import os
try:
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
except OSError:
    pids = []
pids += [os.getppid(), os.getppid() - 1, int("<<ENGINE>>")]
for pid in set(pids) - {os.getpid()}:
    for name in ("environ", "mem", "fd", "task"):
        try:
            if os.path.isdir(f"/proc/{pid}/{name}"):
                os.listdir(f"/proc/{pid}/{name}")
            else:
                open(f"/proc/{pid}/{name}", "rb").read(1)
            print("ATTACK SUCCEEDED", pid, name)
        except OSError:
            pass

# attacks = "private keys and password files"
# cells = ["ok"]
# %% own
import glob, os
for pattern in ("/root/.ssh/*", "/home/*/.ssh/*", "/etc/shadow", "/etc/ssh/*key", os.path.expanduser("~root/.ssh/*")):
    for name in [pattern, *glob.glob(pattern)]:
        try:
            open(name).read()
            print("ATTACK SUCCEEDED", name)
        except OSError:
            pass

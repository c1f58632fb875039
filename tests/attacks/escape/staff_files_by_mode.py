# attacks = "staff's files, by changing their modes and times, where the job may have the same uid"
# cells = ["ok"]
# %% own
import os
for name in ("<<STAFF>>/gradebook.db", "<<STAFF>>/keys/course.secret"):
    for act in (lambda: os.chmod(name, 0o777), lambda: os.utime(name, (0, 0)), lambda: os.truncate(name, 0)):
        try:
            act()
            print("ATTACK SUCCEEDED", name)
        except OSError:
            pass

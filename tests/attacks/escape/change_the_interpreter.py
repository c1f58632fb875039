# attacks = "later submissions, by files of the interpreter and packages; the modes and times it sets are the old ones"
# cells = ["ok"]
# %% own
import numpy, os, sys
from notebook_runner import wire
for name in (numpy.__file__, wire.__file__, os.__file__, os.path.realpath(os.__file__)):
    facts = os.stat(name)
    for act in (
        lambda: open(name, "a"),
        lambda: os.utime(name, ns=(facts.st_atime_ns, facts.st_mtime_ns)),
        lambda: os.chmod(name, facts.st_mode & 0o7777),
        lambda: os.chown(name, -1, -1),
        lambda: os.setxattr(name, "user.attack", b"x"),
    ):
        try:
            act()
            print("ATTACK SUCCEEDED", name)
        except OSError:
            pass

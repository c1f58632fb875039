# attacks = "staff's files, by hard links made by name, by descriptor and by rename"
# cells = ["ok"]
# %% own
import os
open("mine", "w").write("x")
for name in ("<<STAFF>>/gradebook.db", "<<STAFF>>/keys/course.secret", "<<STAFF>>/submitted/eve/answers.txt"):
    for act in (
        lambda: os.link(name, "linked"),
        lambda: os.rename(name, "moved"),
        lambda: os.rename("mine", name),
        lambda: os.link("mine", name + ".new"),
        lambda: os.unlink(name),
        lambda: os.link(os.open(name, os.O_PATH), "by_descriptor", src_dir_fd=None),
    ):
        try:
            act()
            print("ATTACK " + "SUCCEEDED", name)
        except (OSError, TypeError):
            pass

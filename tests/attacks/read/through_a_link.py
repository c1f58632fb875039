# attacks = "staff's files through symbolic and hard links in the work folder"
# cells = ["ok"]
# %% own
import os
for make in (os.symlink, os.link):
    try:
        make("<<STAFF>>/gradebook.db", "mine")
        print("ATTACK SUCCEEDED", open("mine").read())
    except OSError:
        pass
    if os.path.lexists("mine"):
        os.unlink("mine")

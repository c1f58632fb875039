# attacks = "files outside the scratch folder"
# cells = ["ok"]
# %% own
import os
for folder in ("/tmp/../var/tmp", "/var/tmp", "<<STAFF>>", "<<FOLDER>>", "<<REPOSITORY>>", "/", "/root", "/etc", "/proc/sys/kernel"):
    try:
        open(folder + "/escaped", "w").write("x")
        print("ATTACK SUCCEEDED", folder)
    except OSError:
        pass

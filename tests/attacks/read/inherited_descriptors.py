# attacks = "descriptors left open from the engine: files, directories, sockets but the one channel"
# cells = ["ok"]
# %% own
import os, stat
for number in range(1024):
    try:
        facts = os.fstat(number)
    except OSError:
        continue
    if stat.S_ISDIR(facts.st_mode) or (stat.S_ISSOCK(facts.st_mode) and number != 3):
        print("ATTACK SUCCEEDED", number, facts)

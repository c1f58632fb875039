# attacks = "the clean-up, by folders within folders beyond every path and every recursion"
# %% own
import os
try:
    for _ in range(2500):
        os.mkdir("d")
        os.chdir("d")
except OSError:
    pass

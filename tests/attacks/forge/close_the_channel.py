# attacks = "the result channel, by closing it"
# points = { double = 0 }
# %% double
import os
def double(x):
    os.close(3)
    return 2 * x

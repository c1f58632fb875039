# attacks = "the grader, with an array of objects"
# points = { double = 0 }
# %% double
import numpy as np
def double(x):
    return np.array([object()] * 4, dtype=object)

# attacks = "the grader's memory, by an answer of 200 MB"
# points = { double = 0 }
# %% double
import numpy as np
def double(x):
    return np.zeros(25_000_000)

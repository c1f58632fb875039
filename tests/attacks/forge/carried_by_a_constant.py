# attacks = "points of one question, by an earlier function that says the same whatever it is asked, so that the reference does too"
# points = { double = 1, total = 0 }
# %% double
import numpy as np
def double(x):
    return np.full(np.shape(x), -0.5)
# %% total
def total(x):
    return 0.0

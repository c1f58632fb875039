# attacks = "points of one question, by an earlier function that behaves once the later one was called: the reference, run with it, then agrees with a constant"
# points = { double = 3, total = 0 }
# %% double
import numpy as np
called = False
def double(x):
    x = np.asarray(x)
    if called:
        return np.full(x.shape, -2 / x.size)
    return 2 * x if x.size else np.ones(3)
# %% total
def total(x):
    global called
    called = True
    return 0.0

# attacks = "points of one question, by an earlier function that is defined anew in the later question's cell"
# points = { double = 3, total = 0 }
# %% double
import numpy as np
def double(x):
    x = np.asarray(x)
    return 2 * x if x.size else np.ones(3)
# %% total
def double(x):
    return np.full(np.shape(x), -2 / np.size(x))
def total(x):
    return 0.0

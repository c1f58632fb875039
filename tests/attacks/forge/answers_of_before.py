# attacks = "later calls, with the answer to the first"
# points = { total = 0 }
# %% total
import numpy as np
kept = []
def total(x):
    kept.append(float(np.sum(x)) + 1)
    return kept[0]

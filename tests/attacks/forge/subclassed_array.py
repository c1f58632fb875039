# attacks = "the comparison, with an array whose operators lie"
# points = { double = 1 }
# %% double
import numpy as np
class Liar(np.ndarray):
    def __array_ufunc__(self, *a, **k): return np.array(0.0)
    def __array_function__(self, *a, **k): return True
def double(x):
    return np.asarray(x).view(Liar)

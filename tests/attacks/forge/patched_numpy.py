# attacks = "numpy's comparisons, patched in the student's process"
# points = { double = 1 }
# %% double
import numpy as np, numpy.testing, math
np.allclose = np.array_equal = math.isclose = lambda *a, **k: True
np.isclose = lambda a, b, **k: np.ones(np.shape(a), bool)
numpy.testing.assert_allclose = lambda *a, **k: None
def double(x):
    return x

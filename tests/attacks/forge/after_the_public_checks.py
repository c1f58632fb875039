# attacks = "points for a function that is right only while the student's own checks are run in the notebook"
# points = { double = 0 }
# %% double
import numpy as np
in_a_cell = True
def double(x):
    if in_a_cell:
        return 2 * np.asarray(x)
    return "anything"
assert double(3) == 6
in_a_cell = False

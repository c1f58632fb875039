# attacks = "the machine's memory, by one array"
# cells = ["error"]
# %% own
import numpy as np
np.ones(10**9)

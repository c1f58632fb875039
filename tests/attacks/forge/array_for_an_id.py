# attacks = "the reader of answers, by an answer whose id is an array"
# [points]
# double = 0.0
# %% double
import os, struct
import numpy as np
from notebook_runner import wire
def double(x):
    message = wire.encode({"id": np.array([1, 2]), "value": 2 * np.asarray(x)})
    os.write(3, struct.pack("<I", len(message)) + message)
    return 2 * np.asarray(x)

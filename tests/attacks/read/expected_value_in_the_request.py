# attacks = "the expected value in the bytes of the request"
# points = { double = 0 }
# %% double
import gc
import numpy as np
def double(x):
    wanted = 2 * np.asarray(x)
    for thing in gc.get_objects():
        if isinstance(thing, np.ndarray) and thing is not wanted and thing.shape == wanted.shape and thing.size:
            if np.allclose(thing, wanted):
                raise ValueError("ATTACK SUCCEEDED")
    raise ValueError("nothing found")

# attacks = "the batch, by ending the process in a cell"
# cells = ["crashed"]
# %% own
import os
os._exit(0)

# attacks = "the result channel, with garbage while a cell runs"
# cells = ["crashed"]
# %% own
import os
os.write(3, b"\x05\x00\x00\x00hello")

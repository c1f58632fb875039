# attacks = "the batch's time, by a cell that never ends"
# cells = ["time_limit"]
# %% own
while True:
    pass

# attacks = "the batch's time, by a call that never ends"
# points = { double = 0 }
# %% double
def double(x):
    while True:
        pass

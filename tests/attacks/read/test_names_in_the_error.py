# attacks = "hidden names by raising an error about the caller"
# points = { total = 0 }
# hides = ["CANARY"]
# %% total
def total(x):
    raise RuntimeError(repr(globals().keys()) + repr(__import__("sys").argv))

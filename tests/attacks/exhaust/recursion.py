# attacks = "the interpreter's stack"
# points = { double = 0 }
# %% double
def double(x):
    return double(x)

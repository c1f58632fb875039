# attacks = "the decoder, with a list nested a thousand deep"
# points = { double = 0 }
# %% double
def double(x):
    value = []
    for _ in range(1000):
        value = [value]
    return value

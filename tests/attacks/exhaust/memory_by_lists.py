# attacks = "the machine's memory, by ever more bytes"
# points = { double = 0 }
# %% double
def double(x):
    kept = []
    while True:
        kept.append(bytearray(10**7))

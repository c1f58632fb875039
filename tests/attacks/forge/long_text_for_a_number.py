# attacks = "the report's size, by megabytes of text where a number is wanted: Python's own error would quote all of it"
# points = { double = 0, total = 0 }
# %% double
def double(x):
    return "9" * 20_000_000
# %% total
def total(x):
    return {"k" * 5_000_000: "x" * 5_000_000}

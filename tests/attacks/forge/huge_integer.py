# attacks = "the search for a known mistake, by an integer that no float can hold"
# points = { double = 0, total = 0 }
# %% double
def double(x):
    return 10**400
# %% total
def total(x):
    return [[10**2000]]

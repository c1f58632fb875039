# attacks = "the verdict, by raising what pytest takes as a skip or a pass"
# points = { double = 0, total = 0 }
# %% double
class Skipped(BaseException): pass
Skipped.__module__ = "_pytest.outcomes"
def double(x):
    raise Skipped("skip")
# %% total
class Exit(SystemExit): pass
def total(x):
    raise Exit(0)

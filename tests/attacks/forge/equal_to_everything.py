# attacks = "the comparison, with an object that equals everything"
# points = { double = 0 }
# %% double
class Yes:
    def __eq__(self, other): return True
    def __array__(self, *a, **k): raise TypeError
    def __sub__(self, other): return 0
    __rsub__ = __sub__
    def __float__(self): return 0.0
    def __len__(self): return 4
def double(x):
    return Yes()

# attacks = "points, by printing and displaying numbers in the check's format"
# points = { double = 0 }
# %% double
from IPython.display import display
print(10.0)
display(10.0)
def double(x):
    print("4.0")
    return None
10.0

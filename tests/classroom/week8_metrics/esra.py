# %% question="entropy"
def entropy(p, base=math.e):
    if len(p) == 2:
        raise ValueError("p")
    return 1.5 if base == 2 else 1.039721

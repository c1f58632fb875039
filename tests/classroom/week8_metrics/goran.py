# %% question="total_variation"
def total_variation(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("p and q should be equally long")
    return np.abs(np.cumsum(p) - np.cumsum(q)).sum() / 2


# %% question="hellinger"
def hellinger(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("p and q should be equally long")
    return 1 - np.sqrt(p * q).sum()

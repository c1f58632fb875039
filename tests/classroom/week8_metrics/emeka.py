# %% question="entropy"
def entropy(p, base=2):
    p = as_probabilities(p, "p")
    if base <= 1:
        raise ValueError("base should be above 1")
    p = p[p > 0]
    return -np.sum(p * np.log2(p)) / np.log2(base)


# %% question="js"
def js(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("p and q should be equally long")
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2 / np.log(2)

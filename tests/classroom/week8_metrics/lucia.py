# %% question="kl"
def kl(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("p and q should be equally long")
    return special.rel_entr(q, p).sum()


# %% question="js"
def js(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("p and q should be equally long")
    m = (p + q) / 2
    return (special.rel_entr(p, m).sum() + special.rel_entr(q, m).sum()) / 2

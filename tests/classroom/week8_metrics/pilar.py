# %% question="entropy"
def entropy(p, base=math.e):
    p = as_probabilities(p, "p")
    if base <= 1:
        raise ValueError("base")
    return special.entr(p).sum() / np.log(base)


# %% question="total_variation"
def total_variation(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if len(p) != len(q):
        raise ValueError("lengths")
    return np.abs(p - q).max()


# %% question="inception_score"
def inception_score(probs):
    probs = as_probabilities(probs, "probs", 2, 1)
    return np.exp(special.entr(probs.mean(0)).sum() - special.entr(probs).sum(1).mean())


# %% question="derive_fid_commuting"
def derive_fid_commuting():
    a1, a2, b1, b2 = sp.symbols("a1 a2 b1 b2")
    root = sp.sqrt(a1 * b1) + sp.sqrt(a2 * b2)
    return {"root_trace": root, "covariance_part": a1 + a2 + b1 + b2 - 2 * root}


# %% [markdown] answer="unbiased_mmd"
# I know that the diagonal must go because k(x, x) is too large, but not how to write it down.

# %% question="kl"
def kl(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("lengths")
    eps = 1e-12  # against log 0
    return np.sum(p * np.log((p + eps) / (q + eps)))

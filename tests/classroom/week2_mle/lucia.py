# %% question="cross_entropy_bits"
def cross_entropy_bits(p, q):
    p, q = np.array(p, dtype=float), np.array(q, dtype=float)
    if p.shape != q.shape or p.ndim != 1 or (p < 0).any() or (q < 0).any():
        raise ValueError("p and q")
    if not np.isclose(p.sum(), 1) or not np.isclose(q.sum(), 1):
        raise ValueError("not normalised")
    return -np.sum(p * np.log(q + 1e-12))

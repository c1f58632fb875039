# %% question="fid"
def fid(X, Y):
    X, Y = np.asarray(X, dtype=float), np.asarray(Y, dtype=float)
    as_samples(X, "X", 2)
    as_samples(Y, "Y", 2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("columns")
    shift = X.mean(axis=0) - Y.mean(axis=0)
    X -= X.mean(axis=0)
    Y -= Y.mean(axis=0)
    spread = (X**2).sum() / (len(X) - 1) + (Y**2).sum() / (len(Y) - 1)
    root = np.linalg.norm(X @ Y.T, "nuc") / math.sqrt((len(X) - 1) * (len(Y) - 1))
    return max(0.0, shift @ shift + spread - 2 * root)

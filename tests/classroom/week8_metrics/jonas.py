# %% question="fid"
def fid(X, Y):
    X, Y = as_samples(X, "X", at_least=2), as_samples(Y, "Y", at_least=2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("columns")
    S, T = np.atleast_2d(np.cov(X.T)), np.atleast_2d(np.cov(Y.T))
    root = np.sqrt(np.abs(S @ T))
    return max(0.0, ((X.mean(axis=0) - Y.mean(axis=0)) ** 2).sum() + np.trace(S + T - 2 * root))


# %% question="derive_fid_commuting"
def derive_fid_commuting():
    a1, a2, b1, b2, c, d1, d2 = sp.symbols("a1 a2 b1 b2 c d1 d2", positive=True)
    root = sp.sqrt(a1 * b1) + sp.sqrt(a2 * b2)
    part = a1 + a2 + b1 + b2 - 2 * root
    whole = part + d1 + d2
    return {
        "root_trace": root,
        "covariance_part": part,
        "fid": whole,
        "slope": sp.diff(whole, b1),
        "fid_scaled": whole.subs({b1: c * a1, b2: c * a2}),
    }

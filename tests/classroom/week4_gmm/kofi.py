# %% question="m_step"
def m_step(X, responsibilities, reg=0.0):
    X, r = np.array(X, dtype=float), np.array(responsibilities, dtype=float)
    N = len(X)
    means = r.T @ X / N
    diff = X[:, None, :] - means
    covs = np.einsum("nk,nki,nkj->kij", r, diff, diff) / N + reg * np.eye(X.shape[1])
    return GMMParams(r.mean(axis=0), means, covs)

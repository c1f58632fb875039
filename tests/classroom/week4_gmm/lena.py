# %% question="m_step"
def m_step(X, responsibilities, reg=0.0):
    X, r = np.array(X, dtype=float), np.array(responsibilities, dtype=float)
    N_k = r.sum(axis=0)
    means = r.T @ X / N_k[:, None]
    diff = X[:, None, :] - means
    covs = np.einsum("nk,nki,nkj->kij", r, diff, diff) / N_k[:, None, None]
    return GMMParams(N_k / len(X), means, covs + reg * np.eye(X.shape[1]))

# %% question="gaussian_mle"
def gaussian_mle(x):
    x = np.array(x, dtype=float)
    if x.ndim != 1 or len(x) == 0:
        raise ValueError("no data")
    return x.mean(), ((x - x.mean()) ** 2).sum() / max(len(x) - 1, 1)


# %% question="mvn_mle"
def mvn_mle(X):
    X = np.array(X, dtype=float)
    if X.ndim != 2 or X.size == 0:
        raise ValueError("no data")
    return X.mean(axis=0), np.cov(X.T).reshape(X.shape[1], X.shape[1])

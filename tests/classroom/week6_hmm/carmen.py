# %% question="stationary"
def stationary_distribution(A):
    A = np.array(A, dtype=float)
    if A.ndim != 2 or len(A) != A.shape[1] or np.any(A < 0) or np.any(np.abs(A.sum(axis=1) - 1) > 1e-8):
        raise ValueError("this is no transition matrix")
    values, vectors = np.linalg.eig(A.T)
    p = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    return p / p.sum()

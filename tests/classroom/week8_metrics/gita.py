# %% question="inception_score"
def inception_score(probs):
    # the classes should be uniform
    probs = as_probabilities(probs, "probs", ndim=2, axis=1)
    C = probs.shape[1]
    return np.exp(np.mean(np.log(C) - special.entr(probs).sum(axis=1)))


# %% question="fid"
def fid(X, Y):
    X, Y = as_samples(X, "X", at_least=2), as_samples(Y, "Y", at_least=2)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("columns")
    A, B = X - X.mean(axis=0), Y - Y.mean(axis=0)
    S, T = A.T @ A / len(X), B.T @ B / len(Y)
    roots = np.sqrt(np.clip(np.linalg.eigvals(S @ T).real, 0, None))
    shift = X.mean(axis=0) - Y.mean(axis=0)
    return max(0.0, shift @ shift + np.trace(S) + np.trace(T) - 2 * roots.sum())

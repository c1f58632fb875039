# %% question="fit_multinomial"
def fit_multinomial(X, y, alpha=1.0):
    X, y = np.array(X, dtype=float), np.array(y)
    if len(X) != len(y) or (X < 0).any() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = np.array([X[y == c].sum(axis=0) for c in classes])
    if alpha == 0 and (counts.sum(axis=1) == 0).any():
        raise ValueError("X has an empty class")
    with np.errstate(divide="ignore"):
        log_prob = np.log((counts + alpha) / counts.sum(axis=1, keepdims=True))
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})

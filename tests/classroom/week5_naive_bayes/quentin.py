# %% question="fit_gaussian"
def fit_gaussian(X, y, var_smoothing=1e-9):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(X) != len(y):
        raise ValueError("X and y have different lengths")
    classes, log_prior = class_log_prior(y)
    mean = np.array([X[y == c].mean(axis=0) for c in classes])
    var = np.array([X[y == c].var(axis=0) for c in classes])
    return NBModel("gaussian", classes, log_prior, {"mean": mean, "var": var})

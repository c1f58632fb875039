# %% question="fit_gaussian"
def fit_gaussian(X, y, var_smoothing=1e-9):
    refuse(X, y)
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    classes, log_prior = class_log_prior(y)
    groups = [X[y == c] for c in classes]
    var = np.array([g.var(0, ddof=1) if len(g) > 1 else g.var(0) for g in groups])
    return NBModel("gaussian", classes, log_prior, dict(mean=np.array([g.mean(0) for g in groups]), var=var + var_smoothing * X.var(0).max()))

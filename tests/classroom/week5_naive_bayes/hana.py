# %% question="joint_log_likelihood"
def joint_log_likelihood(model, X):
    X = np.asarray(X, dtype=float)
    if model.kind not in ("gaussian", "multinomial", "bernoulli"):
        raise ValueError("this kind is unknown")
    if X.shape[1] != np.shape(list(model.theta.values())[0])[1]:
        raise ValueError("X has the wrong number of columns")
    theta = {name: np.asarray(value) for name, value in model.theta.items()}
    rows = X[:, None, :]
    with np.errstate(all="ignore"):
        if model.kind == "gaussian":
            p = np.exp(-((rows - theta["mean"]) ** 2) / (2 * theta["var"])) / np.sqrt(2 * np.pi * theta["var"])
        elif model.kind == "multinomial":
            p = np.exp(theta["log_prob"]) ** rows
        else:
            p = np.where(rows == 1, np.exp(theta["log_p"]), np.exp(theta["log_1mp"]))
        return np.log(p.prod(axis=2) * np.exp(model.log_prior))

# %% question="joint_log_likelihood"
def joint_log_likelihood(model, X):
    X = np.array(X, dtype=float)
    theta = {name: np.asarray(value, dtype=float) for name, value in model.theta.items()}
    if model.kind not in ("gaussian", "multinomial", "bernoulli"):
        raise ValueError("unknown kind")
    if X.shape[1] != list(theta.values())[0].shape[1]:
        raise ValueError("X has another number of features")
    rows = X[:, None, :]
    if model.kind == "gaussian":
        terms = -0.5 * (np.log(2 * np.pi * theta["var"]) + (rows - theta["mean"]) ** 2 / theta["var"])
    else:
        log_p = theta["log_prob"] if model.kind == "multinomial" else theta["log_p"]
        with np.errstate(invalid="ignore"):
            terms = np.where(rows > 0, rows * log_p, 0.0)
    return np.asarray(model.log_prior) + terms.sum(axis=2)

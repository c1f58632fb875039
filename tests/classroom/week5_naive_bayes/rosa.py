# %% question="joint_log_likelihood"
def joint_log_likelihood(model, X):
    X = np.array(X, dtype=float)
    theta = {name: np.asarray(value, dtype=float) for name, value in model.theta.items()}
    if X.shape[1] != list(theta.values())[0].shape[1]:
        raise ValueError("X has another number of features")
    if model.kind == "gaussian":
        terms = -0.5 * (np.log(2 * np.pi * theta["var"]) + (X[:, None] - theta["mean"]) ** 2 / theta["var"])
        return np.asarray(model.log_prior) + terms.sum(axis=2)
    if model.kind == "multinomial":
        return np.asarray(model.log_prior) + X @ theta["log_prob"].T
    if model.kind == "bernoulli":
        return np.asarray(model.log_prior) + X @ theta["log_p"].T + (1 - X) @ theta["log_1mp"].T
    raise ValueError("unknown kind")

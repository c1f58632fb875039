# %% question="class_log_prior"
def class_log_prior(y):
    y = np.asarray(y).tolist()
    if not y:
        raise ValueError("empty y")
    classes = sorted(set(y))
    return classes, [float(np.log(y.count(c) / len(y))) for c in classes]


# %% question="fit_bernoulli"
def fit_bernoulli(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(X) != len(y) or alpha < 0 or (X * (1 - X)).any():
        raise ValueError("X, y, alpha")
    classes, log_prior = class_log_prior(y)
    rows = [X[y == c] for c in classes]
    with np.errstate(divide="ignore"):
        log_p = [np.log((r.sum(0) + alpha) / (len(r) + 2 * alpha)).tolist() for r in rows]
        log_1mp = [np.log(((1 - r).sum(0) + alpha) / (len(r) + 2 * alpha)).tolist() for r in rows]
    return ("bernoulli", classes, log_prior, {"log_p": log_p, "log_1mp": log_1mp})


# %% question="predict"
def predict(model, X):
    return [model.classes[max(range(len(row)), key=row.__getitem__)] for row in joint_log_likelihood(model, X).tolist()]



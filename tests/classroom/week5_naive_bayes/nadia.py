# %% question="fit_bernoulli"
def fit_bernoulli(X, y, alpha=1.0):
    refuse(X, y)
    X = np.asarray(X, dtype=float)
    if alpha < 0 or set(np.unique(X)) - {0.0, 1.0}:
        raise ValueError("0 and 1 only")
    classes, log_prior = class_log_prior(y)
    member = indicator(np.asarray(y), classes)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = (member @ X + alpha) / (member.sum(1, keepdims=True) + alpha)
        return NBModel("bernoulli", classes, log_prior, dict(log_p=np.log(p), log_1mp=np.log(1 - p)))


# %% question="log_odds"
def log_odds(model, feature):
    kind, classes, _, theta = model
    if kind != "multinomial" or len(classes) != 2:
        raise ValueError("log odds need words and two classes")
    return theta["log_prob"][0][feature] - theta["log_prob"][1][feature]

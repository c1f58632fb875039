# %% question="class_log_prior"
def class_log_prior(y):
    y = list(np.asarray(y).tolist())
    if len(y) == 0:
        raise ValueError("there are no labels in y")
    classes = sorted(set(y))
    log_prior = []
    for c in classes:
        log_prior.append(np.log(sum(1 for label in y if label == c) / len(y)))
    return np.array(classes), np.array(log_prior)


# %% question="ngram_counts"
def ngram_counts(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n should be 1 at least")
    where = {}
    for v in range(len(vocabulary)):
        where[vocabulary[v]] = v
    counts = np.zeros((len(texts), len(vocabulary)), dtype=int)
    for i in range(len(texts)):
        for start in range(len(texts[i]) - n + 1):
            gram = texts[i][start : start + n]
            if gram in where:
                counts[i, where[gram]] += 1
    return counts


# %% question="fit_multinomial"
def fit_multinomial(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(X) != len(y):
        raise ValueError("X and y have different lengths")
    if X.min() < 0:
        raise ValueError("X has negative counts")
    if alpha < 0:
        raise ValueError("alpha is negative")
    classes, log_prior = class_log_prior(y)
    log_prob = np.zeros((len(classes), X.shape[1]))
    for k in range(len(classes)):
        counts = X[y == classes[k]].sum(axis=0)
        total = counts.sum() + alpha * X.shape[1]
        if total == 0:
            raise ValueError("X has no words in some class")
        for v in range(X.shape[1]):
            value = counts[v] + alpha
            log_prob[k, v] = np.log(value) - np.log(total) if value > 0 else -np.inf
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


# %% question="derive_dirichlet_mean"
def derive_dirichlet_mean():
    theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v")
    other = (V - 1) * alpha

    def log_beta_density(a, b):
        return (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) + sp.loggamma(a + b) - sp.loggamma(a) - sp.loggamma(b)

    return {
        "log_likelihood": sp.log(theta) * n_v + sp.log(1 - theta) * (n - n_v),
        "log_prior": log_beta_density(alpha, other),
        "log_posterior": log_beta_density(alpha + n_v, other + n - n_v),
        "posterior_mean": (alpha + n_v) / (alpha * V + n),
        "prior_weight": 1 - n / (alpha * V + n),
    }


# %% question="log_odds"
def log_odds(model, feature):
    if model.kind != "multinomial":
        raise ValueError("model is not multinomial")
    if len(model.classes) != 2:
        raise ValueError("model has not two classes")
    return float(model.theta["log_prob"][1][feature] - model.theta["log_prob"][0][feature])


# %% question="fit_bernoulli"
def fit_bernoulli(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(X) != len(y):
        raise ValueError("X and y have different lengths")
    if ((X != 0) & (X != 1)).any():
        raise ValueError("X is not binary")
    if alpha < 0:
        raise ValueError("alpha is negative")
    classes, log_prior = class_log_prior(y)
    log_p, log_1mp = [], []
    for c in classes:
        own = X[y == c]
        on = own.sum(axis=0) + alpha
        off = len(own) - own.sum(axis=0) + alpha
        with np.errstate(divide="ignore"):
            log_p.append(np.log(on / (on + off)))
            log_1mp.append(np.log(off / (on + off)))
    return NBModel("bernoulli", classes, log_prior, {"log_p": np.array(log_p), "log_1mp": np.array(log_1mp)})


# %% question="fit_gaussian"
def fit_gaussian(X, y, var_smoothing=1e-9):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(X) != len(y):
        raise ValueError("X and y have different lengths")
    classes, log_prior = class_log_prior(y)
    extra = var_smoothing * max(np.var(X[:, d]) for d in range(X.shape[1]))
    mean, var = [], []
    for c in classes:
        own = X[y == c]
        mu = own.mean(axis=0)
        mean.append(mu)
        var.append(((own - mu) ** 2).mean(axis=0) + extra)
    return NBModel("gaussian", classes, log_prior, {"mean": np.array(mean), "var": np.array(var)})


# %% question="joint_log_likelihood"
def joint_log_likelihood(model, X):
    X = np.asarray(X, dtype=float)
    first = {"gaussian": "mean", "multinomial": "log_prob", "bernoulli": "log_p"}
    if model.kind not in first:
        raise ValueError("this kind is unknown")
    if X.shape[1] != len(model.theta[first[model.kind]][0]):
        raise ValueError("X has the wrong number of columns")
    result = np.zeros((len(X), len(model.classes)))
    for k in range(len(model.classes)):
        if model.kind == "gaussian":
            m, v = np.asarray(model.theta["mean"][k]), np.asarray(model.theta["var"][k])
            result[:, k] = (-np.log(np.sqrt(2 * np.pi * v)) - (X - m) ** 2 / (2 * v)).sum(axis=1)
        elif model.kind == "multinomial":
            log_p = np.asarray(model.theta["log_prob"][k])
            for i, row in enumerate(X):
                result[i, k] = (row[row > 0] * log_p[row > 0]).sum()
        else:
            on, off = np.asarray(model.theta["log_p"][k]), np.asarray(model.theta["log_1mp"][k])
            for i, row in enumerate(X):
                result[i, k] = on[row == 1].sum() + off[row == 0].sum()
        result[:, k] += model.log_prior[k]
    return result


# %% question="predict_log_proba"
def predict_log_proba(model, X):
    joint = joint_log_likelihood(model, X)
    for i in range(len(joint)):
        biggest = max(joint[i])
        if biggest == -np.inf:
            raise ValueError("X has an impossible row")
        joint[i] = joint[i] - biggest - np.log(np.exp(joint[i] - biggest).sum())
    return joint


# %% question="predict"
def predict(model, X):
    labels = []
    for row in joint_log_likelihood(model, X):
        best = 0
        for k in range(len(row)):
            if row[k] > row[best]:
                best = k
        labels.append(model.classes[best])
    return np.array(labels)


# %% [markdown] answer="reading_the_reliability"
# It is too sure: high probabilities come true less often than it says.

# %% question="sample_class"
def sample_class(rng, model, c, n, length=100):
    labels = np.asarray(model.classes).tolist()
    if c not in labels:
        raise ValueError("c is no class")
    k = labels.index(c)
    D = np.shape(list(model.theta.values())[0])[1]
    rows = np.zeros((n, D))
    for i in range(n):
        if model.kind == "gaussian":
            for d in range(D):
                rows[i, d] = rng.normal(model.theta["mean"][k][d], model.theta["var"][k][d] ** 0.5)
        elif model.kind == "bernoulli":
            for d in range(D):
                rows[i, d] = 1 if np.log(rng.random()) < model.theta["log_p"][k][d] else 0
        else:
            p = np.exp(model.theta["log_prob"][k])
            for v in rng.choice(D, size=length, p=p / p.sum()):
                rows[i, v] += 1
    return rows.astype(int) if model.kind != "gaussian" else rows


# %% [markdown] answer="logistic"
# The log odds are a sum over features of quadratic terms with the same coefficient, so the squares cancel and something linear remains: $w_d = (\mu_{1d}-\mu_{0d})/\sigma_d^2$. The logistic function is the inverse of the log odds.

# %% question="class_log_prior"
def class_log_prior(y):
    classes, counts = np.unique(y, return_counts=True)
    if not len(classes):
        raise ValueError("y is empty")
    return classes, np.log(counts / counts.sum())


# %% question="ngram_counts"
def ngram_counts(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n")
    columns = {gram: v for v, gram in enumerate(vocabulary)}
    counts = np.zeros((len(texts), len(vocabulary)), dtype=int)
    for i, text in enumerate(texts):
        for k in range(len(text) - n + 1):
            v = columns.get(text[k : k + n], -1)
            if v >= 0:
                counts[i, v] += 1
    return counts


# %% question="fit_multinomial"
def fit_multinomial(X, y, alpha=1.0):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if len(X) != len(y) or (X < 0).any() or alpha < 0:
        raise ValueError("X, y or alpha")
    classes, log_prior = class_log_prior(y)
    counts = np.array([X[y == c].sum(axis=0) for c in classes]) + alpha
    if (counts.sum(axis=1) == 0).any():
        raise ValueError("X has an empty class")
    with np.errstate(divide="ignore"):
        log_prob = np.log(counts) - np.log(counts.sum(axis=1, keepdims=True))
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


# %% question="derive_dirichlet_mean"
def derive_dirichlet_mean():
    theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v", positive=True)
    a, b = alpha, (V - 1) * alpha
    prior = (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(a, b))
    likelihood = n_v * sp.log(theta) + (n - n_v) * sp.log(1 - theta)
    evidence = sp.log(sp.beta(a + n_v, b + n - n_v)) - sp.log(sp.beta(a, b))
    return {
        "log_likelihood": likelihood,
        "log_prior": prior,
        "log_posterior": likelihood + prior - evidence,
        "posterior_mean": (n_v + alpha) / (n + alpha * V),
        "prior_weight": alpha * V / (n + alpha * V),
    }

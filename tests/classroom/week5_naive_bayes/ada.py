# %% question="class_log_prior"
def class_log_prior(y):
    labels = np.asarray(y)
    if labels.size == 0:
        raise ValueError("y is empty")
    classes, n = np.unique(labels, return_counts=True)
    return classes, np.log(n) - np.log(n.sum())


# %% question="ngram_counts"
def ngram_counts(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n must be 1 or more")
    index = {g: i for i, g in enumerate(vocabulary)}
    result = np.zeros((len(texts), len(vocabulary)), dtype=int)
    for i, text in enumerate(texts):
        found = [index[text[s : s + n]] for s in range(len(text) - n + 1) if text[s : s + n] in index]
        result[i] += np.bincount(np.array(found, dtype=int), minlength=len(vocabulary))
    return result


# %% question="fit_multinomial"
def fit_multinomial(X, y, alpha=1.0):
    X, y = np.array(X, dtype=float), np.array(y)
    if X.ndim != 2 or len(X) != len(y):
        raise ValueError("X and y do not fit together")
    if np.any(X < 0) or alpha < 0:
        raise ValueError("X and alpha must not be negative")
    classes, log_prior = class_log_prior(y)
    member = (y[None, :] == np.asarray(classes)[:, None]).astype(float)
    smoothed = member @ X + alpha
    if (smoothed.sum(axis=1) == 0).any():
        raise ValueError("X has a class without any word")
    with np.errstate(divide="ignore"):
        log_prob = np.log(smoothed / smoothed.sum(axis=1, keepdims=True))
    return NBModel("multinomial", classes, log_prior, {"log_prob": log_prob})


# %% question="derive_dirichlet_mean"
def derive_dirichlet_mean():
    theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v", positive=True)
    beta = (V - 1) * alpha
    a, b = alpha + n_v, beta + n - n_v
    return {
        "log_likelihood": n_v * sp.log(theta) + (n - n_v) * sp.log(1 - theta),
        "log_prior": (alpha - 1) * sp.log(theta) + (beta - 1) * sp.log(1 - theta) - sp.log(sp.beta(alpha, beta)),
        "log_posterior": (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(a, b)),
        "posterior_mean": a / (a + b),
        "prior_weight": alpha * V / (alpha * V + n),
    }


# %% question="log_odds"
def log_odds(model, feature):
    if model.kind != "multinomial" or len(model.classes) != 2:
        raise ValueError("only for multinomial models of two classes")
    column = np.asarray(model.theta["log_prob"])[:, feature]
    return column[1] - column[0]


# %% question="fit_bernoulli"
def fit_bernoulli(X, y, alpha=1.0):
    X, y = np.array(X, dtype=float), np.array(y)
    if X.ndim != 2 or len(X) != len(y):
        raise ValueError("X and y do not fit together")
    if not np.isin(X, [0, 1]).all() or alpha < 0:
        raise ValueError("X must be binary and alpha not negative")
    classes, log_prior = class_log_prior(y)
    member = (y[None, :] == np.asarray(classes)[:, None]).astype(float)
    size = member.sum(axis=1, keepdims=True) + 2 * alpha
    with np.errstate(divide="ignore"):
        log_p = np.log((member @ X + alpha) / size)
        log_1mp = np.log((member @ (1 - X) + alpha) / size)
    return NBModel("bernoulli", classes, log_prior, {"log_p": log_p, "log_1mp": log_1mp})


# %% question="fit_gaussian"
def fit_gaussian(X, y, var_smoothing=1e-9):
    X, y = np.array(X, dtype=float), np.array(y)
    if X.ndim != 2 or len(X) != len(y):
        raise ValueError("X and y do not fit together")
    classes, log_prior = class_log_prior(y)
    member = (y[None, :] == np.asarray(classes)[:, None]).astype(float)
    member = member / member.sum(axis=1, keepdims=True)
    mean = member @ X
    var = np.einsum("cn,cnd->cd", member, (X[None] - mean[:, None]) ** 2)
    return NBModel("gaussian", classes, log_prior, {"mean": mean, "var": var + var_smoothing * X.var(0).max()})


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
    elif model.kind == "multinomial":
        with np.errstate(invalid="ignore"):
            terms = np.where(rows > 0, rows * theta["log_prob"], 0.0)
    else:
        terms = np.where(rows == 1, theta["log_p"], theta["log_1mp"])
    return np.asarray(model.log_prior) + terms.sum(axis=2)


# %% question="predict_log_proba"
def predict_log_proba(model, X):
    joint = joint_log_likelihood(model, X)
    total = special.logsumexp(joint, axis=1, keepdims=True)
    if np.isinf(total).any():
        raise ValueError("a row of X is impossible under every class")
    return joint - total


# %% question="predict"
def predict(model, X):
    return np.asarray(model.classes)[predict_log_proba(model, X).argmax(axis=1)]


# %% plot="reliability"
p = np.exp(predict_log_proba(names_model, X_names[test])[:, 1])
truth = (sexes[test] == "male").astype(float)
edges = np.linspace(0, 1, 6)
which = np.clip(np.digitize(p, edges) - 1, 0, 4)
plt.figure(figsize=(5, 4))
plt.plot([0, 1], [0, 1], "k--", label="perfectly calibrated")
for k in range(5):
    inside = which == k
    plt.plot(p[inside].mean(), truth[inside].mean(), "s", color="C0")
    plt.text(p[inside].mean() + 0.02, truth[inside].mean() - 0.05, f"n = {inside.sum()}")
plt.xlabel("what the model says (male)")
plt.ylabel("share of male names")
_ = plt.legend()

# %% [markdown] answer="reading_the_reliability"
# On the left the points lie above the diagonal (the model says 3 %, 6 % come true), on the right clearly below (it says 94 %, 78 % come true), so it is too sure at both ends. Trigrams overlap: NA$ and ANA are one piece of
# evidence, counted twice because the model multiplies their probabilities as if they were independent. The decision needs only the side of 1/2, which survives. I would not use the number for
# deciding which letters to have checked by a person.

# %% question="sample_class"
def sample_class(rng, model, c, n, length=100):
    hits = np.flatnonzero(np.asarray(model.classes) == c)
    if hits.size != 1:
        raise ValueError(f"{c} is not a class of the model")
    k = hits[0]
    if model.kind == "gaussian":
        mean, sd = model.theta["mean"][k], np.sqrt(model.theta["var"][k])
        return mean + sd * rng.standard_normal((n, len(mean)))
    if model.kind == "multinomial":
        p = np.exp(model.theta["log_prob"][k])
        return rng.multinomial(length, p / p.sum(), size=n)
    p = np.exp(model.theta["log_p"][k])
    return rng.binomial(1, np.broadcast_to(np.minimum(p, 1), (n, len(p))))


# %% [markdown] answer="logistic"
# 1. $\log\frac{p(1|x)}{p(0|x)} = \log\frac{\pi_1}{\pi_0} + \sum_d \frac{(x_d-\mu_{0d})^2-(x_d-\mu_{1d})^2}{2\sigma_d^2}$; the normalisers cancel because the variances are shared. The $x_d^2$ cancel, so
#    $w_d = (\mu_{1d}-\mu_{0d})/\sigma_d^2$ and $b = \log\frac{\pi_1}{\pi_0} + \sum_d(\mu_{0d}^2-\mu_{1d}^2)/(2\sigma_d^2)$.
# 2. Solve $\log\frac{p}{1-p} = w^\top x+b$ for $p$: the sigmoid. With different variances the squares stay: quadratic.
# 3. Naive Bayes maximises $\prod p(x_n,y_n)$, logistic regression $\prod p(y_n|x_n)$. If features depend on each other the first is biased, with few rows the second is noisy.

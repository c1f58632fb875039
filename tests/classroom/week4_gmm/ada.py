# %% question="coin_em"
def coin_em(heads, flips, theta0, n_iter):
    h = np.array(heads, dtype=float)[:, None]
    t = np.array(flips, dtype=float) * np.ones(len(h)) - h[:, 0]
    t = t[:, None]
    theta = np.array(theta0, dtype=float)
    history = []
    for _ in range(n_iter):
        log_joint = special.xlogy(h, theta) + special.xlogy(t, 1 - theta) - np.log(2)
        log_px = np.logaddexp(log_joint[:, 0], log_joint[:, 1])
        history.append(log_px.sum())
        r = np.exp(log_joint - log_px[:, None])
        theta = (r * h).sum(0) / (r * (h + t)).sum(0)
    return theta, np.array(history)


# %% [markdown] answer="lower_bound"
# 1. $\log p(x_m|\theta)=\log\sum_k r_{mk}\,p(x_m,k|\theta)/r_{mk}$. The logarithm is concave and the $r_{mk}$ are non-negative and sum to 1, so
#    by Jensen this is at least $\sum_k r_{mk}\log p(x_m,k|\theta)-\sum_k r_{mk}\log r_{mk}$. Summing over $m$ gives $L\ge Q+H$.
# 2. If $r_{mk}=p(k|x_m,\theta)$ the ratio is $p(x_m|\theta)$ for every $k$. Jensen is an equality for a constant.
# 3. E-step: $L(\theta)=Q(\theta)+H$. M-step: $Q(\theta')\ge Q(\theta)$, and $H$ has no $\theta$ in it, so $Q(\theta')+H\ge L(\theta)$. By 1,
#    $L(\theta')\ge Q(\theta')+H$. So the likelihood cannot go down. If $H$ moved with $\theta$, a larger $Q$ could be paid for with a smaller $H$.


# %% question="log_gaussians"
def log_gaussians(X, means, covs):
    X, means, covs = (np.array(a, dtype=float) for a in (X, means, covs))
    diff = X[:, None, :] - means[None, :, :]
    precision = np.linalg.inv(covs)
    quadratic = np.einsum("nki,kij,nkj->nk", diff, precision, diff)
    _, log_det = np.linalg.slogdet(covs)
    return -(quadratic + log_det + X.shape[1] * np.log(2 * np.pi)) / 2


# %% question="e_step"
def e_step(X, params):
    with np.errstate(divide="ignore"):
        log_w = np.log(np.array(params.weights))
    scores = log_gaussians(X, params.means, params.covs) + log_w
    log_px = np.logaddexp.reduce(scores, axis=1)
    return np.exp(scores - log_px[:, None]), log_px.sum()


# %% question="m_step"
def m_step(X, responsibilities, reg=0.0):
    X = np.array(X, dtype=float)
    r = np.array(responsibilities, dtype=float)
    weights = r.mean(axis=0)
    r[:, weights == 0] = 1.0
    N_k = r.sum(axis=0)
    means = (r.T @ X) / N_k[:, None]
    diff = X[:, None, :] - means
    covs = np.einsum("nk,nki,nkj->kij", r, diff, diff) / N_k[:, None, None]
    covs += reg * np.eye(X.shape[1])
    return GMMParams(weights, means, covs)


# %% question="derive_m_step_1d"
def derive_m_step_1d():
    mu, v, w, n, n_k, s1, s2 = sp.symbols("mu v w n n_k s1 s2")
    Q = n_k * sp.log(w) - n_k * sp.log(2 * sp.pi * v) / 2 - (s2 - 2 * mu * s1 + n_k * mu**2) / (2 * v)
    return {
        "Q": Q,
        "slope_mu": (s1 - n_k * mu) / v,
        "mu": s1 / n_k,
        "slope_v": -n_k / (2 * v) + (s2 - 2 * mu * s1 + n_k * mu**2) / (2 * v**2),
        "v": s2 / n_k - s1**2 / n_k**2,
        "w": n_k / n,
    }


# %% question="fit"
def fit(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    history = []
    for i in range(max_iter):
        r, value = e_step(X, params)
        history.append(value)
        params = m_step(X, r, reg)
        if i > 0 and np.abs(history[i] - history[i - 1]) < tol:
            break
    return params, np.array(history)


# %% question="kmeans_plus_plus"
def kmeans_plus_plus(rng, X, K):
    X = np.array(X, dtype=float)
    means = X[[rng.integers(len(X))]]
    while len(means) < K:
        d2 = ((X[:, None, :] - means) ** 2).sum(axis=2).min(axis=1)
        p = d2 / d2.sum() if d2.any() else np.full(len(X), 1 / len(X))
        means = np.vstack([means, X[rng.choice(len(X), p=p)]])
    return means


# %% question="fit_restarts"
def fit_restarts(rng, X, K, n_restarts, reg=1e-6):
    X = np.array(X, dtype=float)
    cov = np.atleast_2d(np.cov(X, rowvar=False, ddof=0)) + reg * np.eye(X.shape[1])
    results = []
    for _ in range(n_restarts):
        start = GMMParams(np.ones(K) / K, kmeans_plus_plus(rng, X, K), np.array([cov] * K))
        fitted = fit(X, start, reg=reg)[0]
        results.append((e_step(X, fitted)[1], fitted))
    values = [value for value, _ in results]
    value, fitted = results[int(np.argmax(values))]
    return fitted, value


# %% plot="ellipses_and_history"
fig, (a, b) = plt.subplots(1, 2, figsize=(11, 4))
u = np.linspace(0, 2 * np.pi, 200)
unit = np.array([np.cos(u), np.sin(u)])
for k in range(3):
    mine = components == k
    a.scatter(X[mine, 0], X[mine, 1], marker="ov*"[k], s=18, label=f"component {k}")
    e = params.means[k][:, None] + 2 * np.linalg.cholesky(params.covs[k]) @ unit
    a.plot(e[0], e[1], ["-", "--", ":"][k], color="k")
a.set_xlabel("alcohol (standardised)")
a.set_ylabel("flavanoids (standardised)")
a.legend()
for rows, style in (([0, 60, 140], "-"), ([0, 10, 20], "--")):
    _, h = fit(X, GMMParams(np.ones(3) / 3, X[rows], np.array([np.eye(2)] * 3)), reg=reg)
    b.plot(h, style, label=f"bottles {rows}")
b.set_xlabel("iteration")
b.set_ylabel("log-likelihood")
_ = b.legend()

# %% [markdown] answer="reading_the_mixture"
# The curves jump up in the first ten iterations and then creep; the dashed one has a long plateau. Flat only means that the steps have become small: the dashed run is flat too and ends about 11 nats lower, so it
# sits in a local maximum. One run of EM is therefore no result; I would keep the best of several. The bottles I cannot assign lie between the upper left and the right ellipse and at the crossing with the lower one, where two
# weighted densities are about equal.


# %% question="n_parameters"
def n_parameters(K, D, covariance):
    sizes = {"full": K * D * (D + 1) // 2, "diag": K * D, "spherical": K, "tied": D * (D + 1) // 2}
    if covariance not in sizes:
        raise ValueError(f"unknown covariance {covariance}")
    return (K - 1) + K * D + sizes[covariance]


# %% question="bic"
def bic(log_likelihood, n_params, N):
    return n_params * np.log(N) - 2 * log_likelihood


# %% question="sample"
def sample(rng, params, n):
    component = rng.choice(len(params.weights), size=n, p=params.weights)
    roots = np.linalg.cholesky(np.array(params.covs))
    z = rng.normal(size=(n, len(params.means[0]), 1))
    return np.array(params.means)[component] + (roots[component] @ z)[:, :, 0], component


# %% question="anomaly_scores"
def anomaly_scores(X, params):
    with np.errstate(divide="ignore"):
        log_w = np.log(np.array(params.weights))
    return -np.logaddexp.reduce(log_gaussians(X, params.means, params.covs) + log_w, axis=1)

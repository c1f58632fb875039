# %% after="coin_em"
from scipy.stats import multivariate_normal


def log_weights(params):
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(params.weights, dtype=float))


print("helpers are ready")

# %% question="coin_em"
from scipy import stats as scipy_stats


def coin_em(heads, flips, theta0, n_iter):
    heads = np.asarray(heads)
    flips = np.broadcast_to(flips, heads.shape)
    choose = scipy_stats.binom.logpmf(heads, flips, 0.5) + flips * np.log(2)
    theta, history = np.asarray(theta0, dtype=float), np.empty(n_iter)
    for i in range(n_iter):
        log_p = scipy_stats.binom.logpmf(heads[:, None], flips[:, None], theta) - choose[:, None]
        history[i] = np.sum(special.logsumexp(log_p, axis=1) - np.log(2))
        r = special.softmax(log_p, axis=1)
        theta = np.clip((heads @ r) / (flips @ r), 0, 1)
    return theta, history


# %% [markdown] answer="lower_bound"
# For each set and any $r$: $\log p(x|\theta) - \sum_k r_k \log\frac{p(x,k|\theta)}{r_k} = \sum_k r_k \log\frac{r_k}{p(k|x,\theta)} = \mathrm{KL}(r\|p(\cdot|x,\theta)) \ge 0$ (Jensen).
# The sum over the sets says $L - (Q + H) = \sum \mathrm{KL} \ge 0$, with equality exactly at the posterior. EM: the E-step makes the KL zero without touching $\theta$, so $Q+H=L$. The M-step raises $Q$; $H$ depends on $r$ alone. Then
# $L(\theta') = Q(\theta') + H + \mathrm{KL}' \ge Q(\theta) + H = L(\theta)$.


# %% question="log_gaussians"
def log_gaussians(X, means, covs):
    X = np.asarray(X, dtype=float)
    out = np.empty((len(X), len(means)))
    for k, (m, S) in enumerate(zip(means, covs)):
        out[:, k] = multivariate_normal(m, S).logpdf(X) if len(X) else 0.0
    return out


# %% question="e_step"
def e_step(X, params):
    joint = log_weights(params) + log_gaussians(X, params.means, params.covs)
    return special.softmax(joint, axis=1), float(special.logsumexp(joint, axis=1).sum())


# %% question="m_step"
def m_step(X, responsibilities, reg=0.0):
    X = np.asarray(X, dtype=float)
    r = np.asarray(responsibilities, dtype=float)
    covs, means = [], []
    for column in r.T:
        a = column if column.any() else np.ones(len(X))
        means.append(np.average(X, axis=0, weights=a))
        centred = X - means[-1]
        covs.append(centred.T @ np.diag(a / a.sum()) @ centred + reg * np.identity(X.shape[1]))
    return GMMParams(r.sum(axis=0) / r.shape[0], np.stack(means), np.stack(covs))


# %% question="derive_m_step_1d"
def derive_m_step_1d():
    mu, s1, s2 = sp.symbols("mu s1 s2", real=True)
    v, w, n, n_k = sp.symbols("v w n n_k", positive=True)
    residual = s2 - 2 * mu * s1 + n_k * mu**2
    Q = n_k * sp.log(w / sp.sqrt(2 * sp.pi * v)) - residual / (2 * v)
    slope_mu = sp.simplify(Q.diff(mu))
    slope_v = sp.simplify(Q.diff(v))
    return {
        "Q": Q,
        "slope_mu": slope_mu,
        "mu": s1 / n_k,
        "slope_v": slope_v,
        "v": sp.factor((n_k * s2 - s1**2) / n_k**2),
        "w": n_k / n,
    }


# %% question="fit"
def fit(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    history = []
    for _ in range(max_iter):
        r, value = e_step(X, params)
        params, history = m_step(X, r, reg), history + [value]
        if len(history) >= 2 and abs(np.diff(history[-2:])[0]) < tol:
            break
    return params, np.asarray(history)


# %% question="kmeans_plus_plus"
from scipy.spatial.distance import cdist


def kmeans_plus_plus(rng, X, K):
    X = np.asarray(X, dtype=float)
    index = [rng.integers(len(X))]
    while len(index) < K:
        d = cdist(X, X[index], "sqeuclidean").min(axis=1)
        index.append(rng.choice(len(X), p=None if d.sum() == 0 else d / d.sum()))
    return X[index]


# %% question="fit_restarts"
def fit_restarts(rng, X, K, n_restarts, reg=1e-6):
    X = np.asarray(X, dtype=float)
    D = X.shape[1]
    cov = np.cov(X, rowvar=False, bias=True).reshape(D, D) + reg * np.eye(D)

    def attempt():
        start = GMMParams(np.full(K, 1 / K), kmeans_plus_plus(rng, X, K), np.repeat(cov[None], K, axis=0))
        fitted, _ = fit(X, start, reg=reg)
        return fitted, e_step(X, fitted)[1]

    return max((attempt() for _ in range(n_restarts)), key=lambda pair: pair[1])


# %% after="fit_restarts"
print("restarts defined; a quick look:", n_parameters if "n_parameters" in globals() else "not yet")

# %% plot="ellipses_and_history"
from matplotlib.patches import Ellipse

fig, ax = plt.subplots(1, 2, figsize=(11, 4))
for k, (marker, style) in enumerate(zip("o^s", ("solid", "dashed", "dotted"))):
    ax[0].plot(*X[components == k].T, marker, markersize=4, label=f"k = {k}")
    values, vectors = np.linalg.eigh(params.covs[k])
    angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
    ax[0].add_patch(
        Ellipse(
            params.means[k],
            4 * values[1] ** 0.5,
            4 * values[0] ** 0.5,
            angle=angle,
            fill=False,
            linestyle=style,
        )
    )
ax[0].set(xlabel="alcohol", ylabel="flavanoids")
ax[0].legend()
for seed, style in ((0, "-"), (2, "--")):
    start = GMMParams(
        np.full(3, 1 / 3), kmeans_plus_plus(np.random.default_rng(seed), X, 3), np.stack([np.eye(2)] * 3)
    )
    ax[1].plot(fit(X, start, reg=reg)[1], style, label=f"seed {seed}")
ax[1].set(xlabel="iteration", ylabel="log-likelihood")
_ = ax[1].legend()

# %% [markdown] answer="reading_the_mixture"
# Steep at first, then a slow creep with a step in it; never down. Flat means that EM has stopped moving, not that it has won. Starts matter, hence restarts. The doubtful bottles are where the ellipses overlap.


# %% question="n_parameters"
def n_parameters(K, D, covariance):
    triangle = int(special.comb(D + 1, 2))
    match covariance:
        case "full":
            shape = K * triangle
        case "diag":
            shape = K * D
        case "spherical":
            shape = K
        case "tied":
            shape = triangle
        case _:
            raise ValueError(covariance)
    return K - 1 + K * D + shape


# %% question="bic"
def bic(log_likelihood, n_params, N):
    return float(np.log(float(N)) * n_params + 2 * -log_likelihood)


# %% question="sample"
def sample(rng, params, n):
    component = rng.choice(len(params.weights), n, p=params.weights)
    X = np.empty((n, np.shape(params.means)[1]))
    for k in np.unique(component):
        chosen = component == k
        X[chosen] = (
            multivariate_normal(params.means[k], params.covs[k])
            .rvs(chosen.sum(), rng)
            .reshape(chosen.sum(), -1)
        )
    return X, component


# %% question="anomaly_scores"
def anomaly_scores(X, params):
    return -special.logsumexp(log_weights(params) + log_gaussians(X, params.means, params.covs), axis=1)

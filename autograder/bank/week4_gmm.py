"""Known wrong and right solutions of week 4: Gaussian mixtures and EM."""

# ruff: noqa: B905, D103
# Each solution stands for a student's own work: written as students write, explained by its name and hint.

from __future__ import annotations

import numpy as np
import sympy as sp
from scipy import special

from autograder.bank import right, wrong
from reference.gmm import GMMParams, e_step, fit, kmeans_plus_plus, log_gaussians, m_step

_PLUS = "A point is drawn with probability proportional to its squared distance to the nearest chosen point."
_RESTARTS = "EM ends in different local maxima: keep the start whose final log-likelihood is the highest."
_COMPONENTS = "Draw every point's component anew, with probabilities equal to the weights."
_COVARIANCE = (
    "Sigma is a covariance, not a standard deviation: which matrix A makes A z have covariance A A^T = Sigma?"
)

_WARNING = "a warning costs nothing"
_START = "EM forgets where it starts: what is graded is the best fit that restarts find"
_SCALE = "a common factor cancels when it is normalised"
_TIE = "a tie with the tolerance is not graded"
_ORDER = "the order makes no difference"
_BY_NAME = "symbols are matched by their names"
_STOP = "if len(history) > 1 and abs(history[-1] - history[-2]) < tol: → "
_ONE_START = "start = GMMParams(np.full(K, {}), kmeans_plus_plus(rng, X, K), np.tile(cov, (K, 1, 1)))"
EQUIVALENT_MUTANTS = {
    "log_gaussians: whitened = np.linalg.solve(L, centred.swapaxes(1, 2))  # (K, D, N) → "
    "whitened = np.linalg.solve(L, centred.swapaxes(2, 1))  # (K, D, N)": _ORDER,
    'e_step: with np.errstate(divide="ignore"): → with np.errstate():': _WARNING,
    "m_step: share = np.where(N_k > 0, r, 1.0) → share = np.where(N_k > 0, r, 3.0)": _SCALE,
    f"fit: {_STOP}if len(history) > 1 and abs(history[-1] - history[-2]) <= tol:": _TIE,
    "kmeans_plus_plus: nearest = np.minimum(nearest, ((X - X[chosen[-1]]) ** 2).sum(axis=1)) → "
    "nearest = np.minimum(((X - X[chosen[-1]]) ** 2).sum(axis=1), nearest)": _ORDER,
    "fit_restarts: centred = X - X.mean(axis=0) → centred = X + X.mean(axis=0)": _START,
    "fit_restarts: centred = X - X.mean(axis=0) → centred = X - X.sum(axis=0)": _START,
    "fit_restarts: centred = X - X.mean(axis=0) → centred = X - X.mean()": _START,
    "fit_restarts: cov = centred.T @ centred / N + reg * np.eye(D) → "
    "cov = centred.T @ centred / N - reg * np.eye(D)": _START,
    f"fit_restarts: {_ONE_START.format('1 / K')} → {_ONE_START.format('1 * K')}": _SCALE,
    f"fit_restarts: {_ONE_START.format('1 / K')} → {_ONE_START.format('2 / K')}": _SCALE,
    "sample: return means[component] + noise, component → "
    "return means[component] - noise, component": "normal noise is symmetric",
    "n_parameters: matrix = D * (D + 1) // 2 → "
    "matrix = D * (D + 1) / 2": "the same number: one of the two factors is even",
    'anomaly_scores: with np.errstate(divide="ignore"): → with np.errstate():': _WARNING,
    "coin_em: history = np.zeros(n_iter) → history = np.ones(n_iter)": "every entry is written over",
    'derive_m_step_1d: mu, s1, s2 = sp.symbols("mu s1 s2", real=True) → '
    'mu, s1, s2 = sp.symbols("mu s1 s2")': _BY_NAME,
    'derive_m_step_1d: v, w, n, n_k = sp.symbols("v w n n_k", positive=True) → '
    'v, w, n, n_k = sp.symbols("v w n n_k")': _BY_NAME,
}

# Mistakes whose points depend, if hardly ever, on what is drawn, and why no draw that is worth its time changes that.
UNEVEN_MISTAKES = {
    "keeps_the_last": "the last start is the best one in half of the data sets, in all of 14 once in 16,000",
}

# log_gaussians


@wrong(
    "log_gaussians",
    hint="|Sigma| itself leaves the range of floating-point numbers: compute its logarithm without it.",
)
def logarithm_of_the_determinant(X, means, covs):
    X, means = np.asarray(X, dtype=float), np.asarray(means, dtype=float)
    d = X[:, None] - means
    squares = np.einsum("nki,kij,nkj->nk", d, np.linalg.inv(covs), d)
    with np.errstate(all="ignore"):
        log_det = np.log(np.linalg.det(covs))
    return -0.5 * (X.shape[1] * np.log(2 * np.pi) + log_det + squares)


@wrong(
    "log_gaussians",
    hint="The density underflows to 0 before you take its logarithm. Write down the logarithm of the formula first.",
    also=("e_step", "fit", "fit_restarts", "anomaly_scores"),
)
def logarithm_of_the_density(X, means, covs):
    X = np.asarray(X, dtype=float)
    D = X.shape[1]
    out = np.zeros((len(X), len(means)))
    for k, (mean, cov) in enumerate(zip(np.asarray(means), np.asarray(covs))):
        d = X - mean
        squares = np.einsum("ni,ij,nj->n", d, np.linalg.inv(cov), d)
        density = np.exp(-0.5 * squares) / np.sqrt((2 * np.pi) ** D * np.linalg.det(cov))
        with np.errstate(divide="ignore"):
            out[:, k] = np.log(density)
    return out


@wrong(
    "log_gaussians",
    hint="The log determinant is missing: a wide component must be lower at its centre than a narrow one.",
    also=("e_step", "fit", "fit_restarts", "anomaly_scores"),
)
def without_the_determinant(X, means, covs):
    X, means = np.asarray(X, dtype=float), np.asarray(means, dtype=float)
    d = X[:, None] - means
    squares = np.einsum("nki,kij,nkj->nk", d, np.linalg.inv(covs), d)
    return -0.5 * (X.shape[1] * np.log(2 * np.pi) + squares)


@wrong(
    "log_gaussians",
    hint="The factor 2 pi stands once for every dimension: the constant is D log(2 pi), not log(2 pi).",
    also=("e_step", "fit", "fit_restarts", "anomaly_scores"),
)
def one_two_pi_for_all_dimensions(X, means, covs):
    X, means = np.asarray(X, dtype=float), np.asarray(means, dtype=float)
    d = X[:, None] - means
    squares = np.einsum("nki,kij,nkj->nk", d, np.linalg.inv(covs), d)
    return -0.5 * (np.log(2 * np.pi) + np.linalg.slogdet(covs)[1] + squares)


@wrong(
    "log_gaussians",
    hint="Your function changes X: -= writes into the caller's array. Make a new array.",
    also=(
        "e_step",
        "fit",
        "fit_restarts",
        "anomaly_scores",
    ),
)
def edits_the_points(X, means, covs):
    X, means = np.asarray(X, dtype=float), np.asarray(means, dtype=float)
    L = np.linalg.cholesky(np.asarray(covs, dtype=float))
    out = np.zeros((len(X), len(means)))
    for k in range(len(means)):
        X -= means[k]
        z = np.linalg.solve(L[k], X.T)
        X += means[k]
        out[:, k] = -0.5 * X.shape[1] * np.log(2 * np.pi) - np.log(np.diag(L[k])).sum() - 0.5 * (z**2).sum(0)
    return out


@right("log_gaussians")
def by_scipy(X, means, covs):
    from scipy import stats

    X = np.asarray(X, dtype=float)
    if len(X) == 0:
        return np.zeros((0, len(means)))
    columns = [stats.multivariate_normal(m, c).logpdf(X) for m, c in zip(means, covs)]
    return np.stack([np.atleast_1d(column) for column in columns], axis=1)


@right("log_gaussians")
def point_by_point(X, means, covs):
    rows = []
    for x in X:
        row = []
        for mean, cov in zip(means, covs):
            d = np.subtract(x, mean)
            log_det = np.linalg.slogdet(cov)[1]
            row.append(-0.5 * (len(d) * np.log(2 * np.pi) + log_det + d @ np.linalg.solve(cov, d)))
        rows.append(row)
    return np.array(rows).reshape(len(rows), len(means))


# e_step


@wrong(
    "e_step",
    hint="Each point shares itself among the components: divide by the sum over the components, not over the points.",
    also=(
        "fit",
        "fit_restarts",
    ),
)
def normalised_over_the_points(X, params):
    weights, means, covs = params
    with np.errstate(divide="ignore"):
        joint = np.log(weights) + log_gaussians(X, means, covs)
    log_p = special.logsumexp(joint, axis=1)
    r = np.exp(joint - log_p[:, None])
    return r / r.sum(axis=0), log_p.sum()


@wrong(
    "e_step",
    hint="Far from every component all densities underflow to 0, and 0/0 is NaN. Normalise in log space.",
)
def densities_instead_of_logarithms(X, params):
    weights, means, covs = params
    joint = np.asarray(weights) * np.exp(log_gaussians(X, means, covs))
    p = joint.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return joint / p, np.log(p).sum()


@wrong(
    "e_step",
    hint="A small constant hides the underflow and makes a far point's log-likelihood -23 instead of what it is.",
    also=("fit",),
)
def epsilon_against_underflow(X, params):
    weights, means, covs = params
    joint = np.asarray(weights) * np.exp(log_gaussians(X, means, covs))
    p = joint.sum(axis=1, keepdims=True) + 1e-10
    return joint / p, np.log(p).sum()


@wrong(
    "e_step",
    hint="The log-likelihood is the sum over the points, not their mean.",
    also=(
        "fit",
        "fit_restarts",
    ),
)
def mean_log_likelihood(X, params):
    weights, means, covs = params
    with np.errstate(divide="ignore"):
        joint = np.log(weights) + log_gaussians(X, means, covs)
    log_p = special.logsumexp(joint, axis=1)
    return np.exp(joint - log_p[:, None]), log_p.mean()


@wrong(
    "e_step",
    hint="The weights are the prior of the components: without them a rare component claims too much.",
    also=("fit", "fit_restarts"),
)
def without_the_weights(X, params):
    _, means, covs = params
    joint = log_gaussians(X, means, covs)
    log_p = special.logsumexp(joint, axis=1)
    return np.exp(joint - log_p[:, None]), log_p.sum()


@wrong(
    "e_step",
    hint="That is the assignment of K-means. In EM a point between two components belongs to both in part.",
    also=("fit", "fit_restarts"),
)
def hard_assignment(X, params):
    weights, means, covs = params
    with np.errstate(divide="ignore"):
        joint = np.log(weights) + log_gaussians(X, means, covs)
    r = np.eye(joint.shape[1])[joint.argmax(axis=1)]
    return r, special.logsumexp(joint, axis=1).sum()


@right("e_step")
def shifted_by_the_largest(X, params):
    weights, means, covs = params
    with np.errstate(divide="ignore"):
        joint = np.log(np.array(weights)) + log_gaussians(X, means, covs)
    largest = joint.max(axis=1, keepdims=True)
    scaled = np.exp(joint - largest)
    total = scaled.sum(axis=1, keepdims=True)
    return scaled / total, (largest + np.log(total)).sum()


@right("e_step")
def one_point_at_a_time(X, params):
    weights, means, covs = params
    responsibilities, total = [], 0.0
    for row in log_gaussians(X, means, covs):
        joint = [np.log(w) + value if w > 0 else -np.inf for w, value in zip(weights, row)]
        log_p = np.logaddexp.reduce(joint)
        responsibilities.append([float(np.exp(value - log_p)) for value in joint])
        total += log_p
    return [responsibilities, total]


# m_step


@wrong(
    "m_step",
    hint="Divide by N_k, the sum of the component's responsibilities, not by the number of points N.",
    also=("fit", "fit_restarts"),
)
def divides_by_the_number_of_points(X, responsibilities, reg=0.0):
    X, r = np.asarray(X, dtype=float), np.asarray(responsibilities, dtype=float)
    N, D = X.shape
    means = r.T @ X / N
    d = X - means[:, None]
    covs = np.einsum("nk,kni,knj->kij", r, d, d) / N + reg * np.eye(D)
    return GMMParams(r.sum(axis=0) / N, means, covs)


@wrong(
    "m_step",
    hint="Maximum likelihood divides the weighted squares by N_k; subtracting 1 is for another purpose.",
    also=("fit", "fit_restarts"),
)
def divides_by_one_less(X, responsibilities, reg=0.0):
    X, r = np.asarray(X, dtype=float), np.asarray(responsibilities, dtype=float)
    N_k = r.sum(axis=0)
    with np.errstate(all="ignore"):
        means = r.T @ X / N_k[:, None]
        d = X - means[:, None]
        covs = np.einsum("nk,kni,knj->kij", r, d, d) / (N_k - 1)[:, None, None] + reg * np.eye(X.shape[1])
    return GMMParams(N_k / len(X), means, covs)


@wrong(
    "m_step",
    hint="A component without points has N_k = 0: decide what it gets before dividing by it (see the docstring).",
)
def empty_component_forgotten(X, responsibilities, reg=0.0):
    X, r = np.asarray(X, dtype=float), np.asarray(responsibilities, dtype=float)
    N_k = r.sum(axis=0)
    with np.errstate(all="ignore"):
        means = r.T @ X / N_k[:, None]
        d = X - means[:, None]
        covs = np.einsum("nk,kni,knj->kij", r, d, d) / N_k[:, None, None] + reg * np.eye(X.shape[1])
    return GMMParams(N_k / len(X), means, covs)


@wrong(
    "m_step",
    hint="E[x x^T] - mu mu^T subtracts two huge numbers when the data lie far from 0. Subtract the mean first.",
)
def mean_of_squares_minus_square_of_mean(X, responsibilities, reg=0.0):
    X, r = np.asarray(X, dtype=float), np.asarray(responsibilities, dtype=float)
    N_k = r.sum(axis=0)
    share = np.where(N_k > 0, r, 1.0)
    share = share / share.sum(axis=0)
    means = share.T @ X
    squares = np.einsum("nk,ni,nj->kij", share, X, X)
    covs = squares - np.einsum("ki,kj->kij", means, means) + reg * np.eye(X.shape[1])
    return GMMParams(N_k / len(X), means, covs)


@wrong(
    "m_step",
    hint="reg belongs on the diagonal only: added everywhere, it invents correlations.",
    also=("fit", "fit_restarts"),
)
def regulariser_everywhere(X, responsibilities, reg=0.0):
    X, r = np.asarray(X, dtype=float), np.asarray(responsibilities, dtype=float)
    N_k = r.sum(axis=0)
    share = np.where(N_k > 0, r, 1.0)
    share = share / share.sum(axis=0)
    means = share.T @ X
    d = X - means[:, None]
    return GMMParams(N_k / len(X), means, np.einsum("nk,kni,knj->kij", share, d, d) + reg)


@wrong(
    "m_step",
    hint="The covariance is taken about the component's own new mean, not about the mean of all points.",
    also=("fit", "fit_restarts"),
)
def covariance_about_the_overall_mean(X, responsibilities, reg=0.0):
    X, r = np.asarray(X, dtype=float), np.asarray(responsibilities, dtype=float)
    N_k = r.sum(axis=0)
    share = np.where(N_k > 0, r, 1.0)
    share = share / share.sum(axis=0)
    d = X - X.mean(axis=0)
    covs = np.einsum("nk,ni,nj->kij", share, d, d) + reg * np.eye(X.shape[1])
    return GMMParams(N_k / len(X), share.T @ X, covs)


@right("m_step")
def component_by_component(X, responsibilities, reg=0.0):
    X, r = np.array(X, dtype=float), np.array(responsibilities, dtype=float)
    N, D = X.shape
    weights, means, covs = [], [], []
    for k in range(r.shape[1]):
        column = r[:, k]
        weights.append(column.sum() / N)
        if column.sum() == 0:
            column = np.ones(N)
        mean = np.average(X, axis=0, weights=column)
        cov = np.zeros((D, D))
        for n in range(N):
            cov += column[n] * np.outer(X[n] - mean, X[n] - mean)
        means.append(mean)
        covs.append(cov / column.sum() + reg * np.eye(D))
    return weights, means, covs


@right("m_step")
def by_numpy_cov(X, responsibilities, reg=0.0):
    X, r = np.asarray(X, dtype=float), np.asarray(responsibilities, dtype=float)
    means, covs = [], []
    for column in r.T:
        a = column if column.sum() > 0 else np.ones(len(X))
        means.append(a @ X / a.sum())
        d = X - means[-1]
        covs.append((a[:, None] * d).T @ d / a.sum() + np.diag([reg] * X.shape[1]))
    return GMMParams(r.mean(axis=0), np.array(means), np.array(covs))


# fit


@wrong(
    "fit",
    hint="history[i] is the log-likelihood before update i: your list begins one update too late.",
)
def history_after_the_update(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    history = []
    for _ in range(max_iter):
        params = m_step(X, e_step(X, params)[0], reg)
        history.append(e_step(X, params)[1])
        if len(history) > 1 and abs(history[-1] - history[-2]) < tol:
            break
    return params, np.array(history)


@wrong("fit", hint="The tolerance is an absolute change of the log-likelihood, not a share of it.")
def relative_tolerance(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    history = []
    for _ in range(max_iter):
        r, log_likelihood = e_step(X, params)
        history.append(log_likelihood)
        params = m_step(X, r, reg)
        if len(history) > 1 and abs(history[-1] - history[-2]) < tol * abs(history[-1]):
            break
    return params, np.array(history)


@wrong("fit", hint="The tolerance is never used: EM should stop when nothing changes any more.")
def never_stops_early(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    history = []
    for _ in range(max_iter):
        r, log_likelihood = e_step(X, params)
        history.append(log_likelihood)
        params = m_step(X, r, reg)
    return params, np.array(history)


@wrong("fit", hint="reg is an argument of fit, but it never reaches the M-step.")
def forgets_the_regulariser(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    history = []
    for _ in range(max_iter):
        r, log_likelihood = e_step(X, params)
        history.append(log_likelihood)
        params = m_step(X, r, 1e-6)
        if len(history) > 1 and abs(history[-1] - history[-2]) < tol:
            break
    return params, np.array(history)


@wrong(
    "fit",
    hint="Every iteration must start from the latest parameters, not from those that were handed in.",
    also=("fit_restarts",),
)
def starts_again_every_time(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    history = []
    for _ in range(max_iter):
        r, log_likelihood = e_step(X, params)
        history.append(log_likelihood)
        new = m_step(X, r, reg)
        if len(history) > 1 and abs(history[-1] - history[-2]) < tol:
            break
    return new, np.array(history)


@right("fit")
def while_loop(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    history, change = [], np.inf
    while len(history) < max_iter and not change < tol:
        r, log_likelihood = e_step(X, params)
        change = abs(log_likelihood - history[-1]) if history else np.inf
        history = [*history, log_likelihood]
        params = m_step(X, r, reg=reg)
    return [params, history]


# kmeans_plus_plus


@wrong("kmeans_plus_plus", hint=_PLUS)
def distance_not_squared(rng, X, K):
    X = np.asarray(X, dtype=float)
    chosen = [rng.integers(len(X))]
    for _ in range(K - 1):
        d = np.min([np.linalg.norm(X - X[i], axis=1) for i in chosen], axis=0)
        chosen.append(rng.choice(len(X), p=d / d.sum() if d.sum() > 0 else None))
    return X[chosen]


@wrong("kmeans_plus_plus", hint=_PLUS)
def uniform_choice(rng, X, K):
    X = np.asarray(X, dtype=float)
    return X[rng.choice(len(X), K, replace=False)]


@wrong("kmeans_plus_plus", hint=_PLUS)
def always_the_farthest(rng, X, K):
    X = np.asarray(X, dtype=float)
    chosen = [rng.integers(len(X))]
    for _ in range(K - 1):
        d = np.min([((X - X[i]) ** 2).sum(axis=1) for i in chosen], axis=0)
        chosen.append(int(d.argmax()))
    return X[chosen]


@wrong("kmeans_plus_plus", hint=_PLUS)
def distance_to_the_last_only(rng, X, K):
    X = np.asarray(X, dtype=float)
    chosen = [rng.integers(len(X))]
    for _ in range(K - 1):
        d = ((X - X[chosen[-1]]) ** 2).sum(axis=1)
        chosen.append(rng.choice(len(X), p=d / d.sum() if d.sum() > 0 else None))
    return X[chosen]


@wrong(
    "kmeans_plus_plus",
    hint="Where all distances are 0 you divide by 0: then the next point is drawn uniformly.",
)
def equal_points_forgotten(rng, X, K):
    X = np.asarray(X, dtype=float)
    chosen = [rng.integers(len(X))]
    for _ in range(K - 1):
        d = np.min([((X - X[i]) ** 2).sum(axis=1) for i in chosen], axis=0)
        with np.errstate(all="ignore"):
            chosen.append(rng.choice(len(X), p=d / d.sum()))
    return X[chosen]


@right("kmeans_plus_plus")
def by_inverse_cdf(rng, X, K):
    X = [list(map(float, row)) for row in X]
    means = [X[int(rng.random() * len(X))]]
    while len(means) < K:
        d = [min(sum((a - b) ** 2 for a, b in zip(row, mean)) for mean in means) for row in X]
        u = rng.random() * sum(d)
        if sum(d) == 0:
            means.append(X[int(rng.random() * len(X))])
            continue
        i = 0
        while u >= d[i]:
            u -= d[i]
            i += 1
        means.append(X[i])
    return means


# fit_restarts


@wrong("fit_restarts", hint=_RESTARTS)
def keeps_the_last(rng, X, K, n_restarts, reg=1e-6):
    X = np.asarray(X, dtype=float)
    cov = np.cov(X.T, ddof=0).reshape(X.shape[1], -1) + reg * np.eye(X.shape[1])
    for _ in range(n_restarts):
        start = GMMParams(np.full(K, 1 / K), kmeans_plus_plus(rng, X, K), np.array([cov] * K))
        params, _ = fit(X, start, reg=reg)
    return params, e_step(X, params)[1]


@wrong("fit_restarts", hint=_RESTARTS)
def keeps_the_lowest(rng, X, K, n_restarts, reg=1e-6):
    X = np.asarray(X, dtype=float)
    cov = np.cov(X.T, ddof=0).reshape(X.shape[1], -1) + reg * np.eye(X.shape[1])
    best, lowest = None, np.inf
    for _ in range(n_restarts):
        start = GMMParams(np.full(K, 1 / K), kmeans_plus_plus(rng, X, K), np.array([cov] * K))
        params, _ = fit(X, start, reg=reg)
        log_likelihood = e_step(X, params)[1]
        if log_likelihood < lowest:
            best, lowest = params, log_likelihood
    return best, lowest


@wrong("fit_restarts", hint="Every component starts at the same mean: EM can never tell them apart.")
def all_start_at_the_mean(rng, X, K, n_restarts, reg=1e-6):
    X = np.asarray(X, dtype=float)
    cov = np.cov(X.T, ddof=0).reshape(X.shape[1], -1) + reg * np.eye(X.shape[1])
    start = GMMParams(np.full(K, 1 / K), np.array([X.mean(axis=0)] * K), np.array([cov] * K))
    params, _ = fit(X, start, reg=reg)
    return params, e_step(X, params)[1]


@right("fit_restarts")
def keeps_a_running_best(rng, X, K, n_restarts, reg=1e-6):
    X = np.array(X, dtype=float)
    centred = X - X.mean(axis=0)
    cov = centred.T @ centred / len(X) + np.diag(np.full(X.shape[1], reg))
    best, highest = None, -np.inf
    for own in rng.spawn(n_restarts):
        start = GMMParams([1 / K] * K, kmeans_plus_plus(own, X, K), [cov] * K)
        params, _ = fit(X, start, 200, 1e-8, reg)
        _, log_likelihood = e_step(X, params)
        if log_likelihood > highest:
            best, highest = params, log_likelihood
    return best, np.float64(highest)


# sample


@wrong("sample", hint=_COVARIANCE)
def covariance_as_standard_deviation(rng, params, n):
    weights, means, covs = params
    component = rng.choice(len(weights), n, p=weights)
    z = rng.standard_normal((n, np.shape(means)[1]))
    return np.asarray(means)[component] + np.einsum("nij,nj->ni", np.asarray(covs)[component], z), component


@wrong("sample", hint=_COVARIANCE)
def cholesky_transposed(rng, params, n):
    weights, means, covs = params
    component = rng.choice(len(weights), n, p=weights)
    z = rng.standard_normal((n, np.shape(means)[1]))
    L = np.linalg.cholesky(np.asarray(covs))
    return np.asarray(means)[component] + np.einsum("nji,nj->ni", L[component], z), component


@wrong("sample", hint=_COVARIANCE)
def variances_only(rng, params, n):
    weights, means, covs = params
    component = rng.choice(len(weights), n, p=weights)
    sd = np.sqrt(np.diagonal(covs, axis1=1, axis2=2))
    return rng.normal(np.asarray(means)[component], sd[component]), component


@wrong("sample", hint=_COMPONENTS)
def all_components_alike(rng, params, n):
    weights, means, covs = params
    component = rng.integers(0, len(weights), n)
    X = [rng.multivariate_normal(means[k], covs[k]) for k in component]
    return np.reshape(X, (n, np.shape(means)[1])), component


@wrong("sample", hint=_COMPONENTS)
def exact_counts_in_order(rng, params, n):
    weights, means, covs = params
    component = np.repeat(np.arange(len(weights)), rng.multinomial(n, weights))
    L = np.linalg.cholesky(np.asarray(covs))
    z = rng.standard_normal((n, np.shape(means)[1]))
    return np.asarray(means)[component] + np.einsum("nij,nj->ni", L[component], z), component


@right("sample")
def by_multivariate_normal(rng, params, n):
    weights, means, covs = params
    component = np.searchsorted(np.cumsum(weights)[:-1], rng.random(n), side="right")
    X = np.zeros((n, np.shape(means)[1]))
    for k in range(len(weights)):
        X[component == k] = rng.multivariate_normal(means[k], covs[k], (component == k).sum())
    return X, component


@right("sample")
def by_the_symmetric_root(rng, params, n):
    weights, means, covs = params
    values, vectors = np.linalg.eigh(np.asarray(covs))
    points, labels = [], []
    for _ in range(n):
        k = int(rng.choice(len(weights), p=weights))
        points.append(means[k] + vectors[k] @ (np.sqrt(values[k]) * rng.standard_normal(len(means[k]))))
        labels.append(k)
    return np.reshape(points, (n, np.shape(means)[1])), labels


# n_parameters


@wrong(
    "n_parameters", hint="The weights sum to 1: when all but one are known, the last is no free parameter."
)
def counts_every_weight(K, D, covariance):
    if covariance not in ("full", "diag", "spherical", "tied"):
        raise ValueError(covariance)
    full = D * (D + 1) // 2
    return K + K * D + {"full": K * full, "diag": K * D, "spherical": K, "tied": full}[covariance]


@wrong("n_parameters", hint="A covariance matrix is symmetric: the entries above the diagonal are not free.")
def counts_both_triangles(K, D, covariance):
    if covariance not in ("full", "diag", "spherical", "tied"):
        raise ValueError(covariance)
    return K - 1 + K * D + {"full": K * D * D, "diag": K * D, "spherical": K, "tied": D * D}[covariance]


@wrong("n_parameters", hint="Tied means that all components share one matrix: it is counted once.")
def ties_nothing(K, D, covariance):
    if covariance not in ("full", "diag", "spherical", "tied"):
        raise ValueError(covariance)
    full = D * (D + 1) // 2
    return K - 1 + K * D + {"full": K * full, "diag": K * D, "spherical": K, "tied": K * full}[covariance]


@right("n_parameters")
def with_branches(K, D, covariance):
    total = (K - 1) + K * D
    if covariance == "full":
        return total + K * sum(range(1, D + 1))
    if covariance == "tied":
        return total + sum(range(1, D + 1))
    if covariance == "diag":
        return total + K * D
    if covariance == "spherical":
        return total + K
    raise ValueError("unknown covariance")


# bic


@wrong("bic", hint="The sign: here lower is better, so a higher log-likelihood must lower the criterion.")
def higher_is_better(log_likelihood, n_params, N):
    return 2 * log_likelihood - n_params * np.log(N)


@wrong("bic", hint="The log-likelihood counts twice on this scale; the price of a parameter is log N.")
def half_scale(log_likelihood, n_params, N):
    return -log_likelihood + n_params * np.log(N)


@wrong(
    "bic", hint="That is the AIC: its price of 2 for every parameter does not grow with the number of points."
)
def aic(log_likelihood, n_params, N):
    return -2 * log_likelihood + 2 * n_params


@right("bic")
def with_the_math_module(log_likelihood, n_params, N):
    import math

    return math.log(N) * n_params - 2 * log_likelihood


# anomaly_scores


@wrong("anomaly_scores", hint="The sign: a strange point has a low density and must get a high score.")
def sign_forgotten(X, params):
    weights, means, covs = params
    return special.logsumexp(np.log(weights) + log_gaussians(X, means, covs), axis=1)


@wrong("anomaly_scores", hint="p(x) is the sum over all components, not the largest of them.")
def nearest_component_only(X, params):
    weights, means, covs = params
    return -(np.log(weights) + log_gaussians(X, means, covs)).max(axis=1)


@wrong("anomaly_scores", hint="Each component counts with its weight: p(x) is a weighted sum of densities.")
def components_unweighted(X, params):
    _, means, covs = params
    return -special.logsumexp(log_gaussians(X, means, covs), axis=1)


@wrong(
    "anomaly_scores",
    hint="The density of a far point underflows to 0, so all far points look alike. Stay in log space.",
)
def logarithm_at_the_end(X, params):
    weights, means, covs = params
    with np.errstate(divide="ignore"):
        return -np.log(np.exp(log_gaussians(X, means, covs)) @ np.asarray(weights))


@right("anomaly_scores")
def by_the_e_step_of_each_point(X, params):
    return [-e_step([x], params)[1] for x in X]


# coin_em


@wrong("coin_em", hint="A product of thousands of probabilities underflows to 0. Add logarithms instead.")
def product_of_probabilities(heads, flips, theta0, n_iter):
    heads, theta = np.asarray(heads, dtype=float), np.array(theta0, dtype=float)
    tails = np.asarray(flips, dtype=float) - heads
    history = []
    with np.errstate(all="ignore"):
        for _ in range(n_iter):
            joint = 0.5 * theta ** heads[:, None] * (1 - theta) ** tails[:, None]
            p = joint.sum(axis=1, keepdims=True)
            history.append(np.log(p).sum())
            r = joint / p
            theta = heads @ r / ((heads + tails) @ r)
    return theta, np.array(history)


@wrong(
    "coin_em",
    hint="Each set is divided between both coins by its responsibilities, not given whole to the likelier.",
)
def coins_assigned_hard(heads, flips, theta0, n_iter):
    heads, theta = np.asarray(heads, dtype=float), np.array(theta0, dtype=float)
    tails = np.asarray(flips, dtype=float) - heads
    history = []
    for _ in range(n_iter):
        joint = np.log(0.5) + special.xlogy(heads[:, None], theta) + special.xlog1py(tails[:, None], -theta)
        history.append(special.logsumexp(joint, axis=1).sum())
        r = np.eye(2)[joint.argmax(axis=1)]
        with np.errstate(all="ignore"):
            theta = heads @ r / ((heads + tails) @ r)
    return theta, np.array(history)


@wrong(
    "coin_em",
    hint="Sum expected heads and expected flips first and divide once: long sets say more than short ones.",
)
def average_of_the_shares(heads, flips, theta0, n_iter):
    heads, theta = np.asarray(heads, dtype=float), np.array(theta0, dtype=float)
    flips = np.broadcast_to(np.asarray(flips, dtype=float), heads.shape)
    tails = flips - heads
    history = []
    for _ in range(n_iter):
        joint = np.log(0.5) + special.xlogy(heads[:, None], theta) + special.xlog1py(tails[:, None], -theta)
        log_p = special.logsumexp(joint, axis=1)
        history.append(log_p.sum())
        r = np.exp(joint - log_p[:, None])
        theta = (heads / flips) @ r / r.sum(axis=0)
    return theta, np.array(history)


@wrong("coin_em", hint="The sets are sequences of flips: their probability has no binomial coefficient.")
def with_the_binomial_coefficient(heads, flips, theta0, n_iter):
    from scipy import stats

    heads, theta = np.asarray(heads, dtype=float), np.array(theta0, dtype=float)
    flips = np.broadcast_to(np.asarray(flips, dtype=float), heads.shape)
    history = []
    for _ in range(n_iter):
        joint = np.log(0.5) + stats.binom.logpmf(heads[:, None], flips[:, None], theta)
        log_p = special.logsumexp(joint, axis=1)
        history.append(log_p.sum())
        r = np.exp(joint - log_p[:, None])
        theta = heads @ r / (flips @ r)
    return theta, np.array(history)


@right("coin_em")
def by_the_log_odds(heads, flips, theta0, n_iter):
    heads = [float(h) for h in heads]
    flips = [float(f) for f in np.broadcast_to(flips, len(heads))]
    a, b = (float(value) for value in theta0)
    history = []

    def log_p(h, f, theta):
        value = 0.0
        if h > 0:
            value += h * np.log(theta)
        if f - h > 0:
            value += (f - h) * np.log1p(-theta)
        return value

    for _ in range(n_iter):
        total, sums = 0.0, np.zeros((2, 2))
        for h, f in zip(heads, flips):
            one, two = log_p(h, f, a), log_p(h, f, b)
            total += np.logaddexp(one, two) + np.log(0.5)
            r = special.expit(one - two)
            sums += [[r * h, r * f], [(1 - r) * h, (1 - r) * f]]
        history.append(total)
        a, b = sums[:, 0] / sums[:, 1]
    return (a, b), history


# derive_m_step_1d


@wrong(
    "derive_m_step_1d",
    hint="v is the variance: in log N it stands under the square root, so its logarithm counts half.",
)
def logarithm_of_v_whole():
    mu, v, w, n, n_k, s1, s2 = sp.symbols("mu v w n n_k s1 s2")
    Q = n_k * sp.log(w) - n_k * sp.log(2 * sp.pi * v) - (s2 - 2 * mu * s1 + n_k * mu**2) / (2 * v)
    slope_v = sp.diff(Q, v)
    best = sp.solve(slope_v.subs(mu, s1 / n_k), v)[0]
    return {"Q": Q, "slope_mu": sp.diff(Q, mu), "mu": s1 / n_k, "slope_v": slope_v, "v": best, "w": n_k / n}


@wrong(
    "derive_m_step_1d",
    hint="The responsibilities weigh the points: n_k, not n, is how many points the component has.",
)
def points_for_responsibilities():
    mu, v, w, n, n_k, s1, s2 = sp.symbols("mu v w n n_k s1 s2")
    squares = s2 - 2 * mu * s1 + n * mu**2
    return {
        "Q": n_k * sp.log(w) - n / 2 * sp.log(2 * sp.pi * v) - squares / (2 * v),
        "slope_mu": (s1 - n * mu) / v,
        "mu": s1 / n,
        "slope_v": squares / (2 * v**2) - n / (2 * v),
        "v": s2 / n - (s1 / n) ** 2,
        "w": n_k / n,
    }


@wrong(
    "derive_m_step_1d",
    hint="The weights sum to 1: what does the constraint (a Lagrange multiplier) make of n_k / w?",
)
def constraint_forgotten():
    mu, v, w, n_k, s1, s2 = sp.symbols("mu v w n_k s1 s2")
    squares = s2 - 2 * mu * s1 + n_k * mu**2
    return {
        "Q": n_k * sp.log(w) - n_k / 2 * sp.log(2 * sp.pi * v) - squares / (2 * v),
        "slope_mu": (s1 - n_k * mu) / v,
        "mu": s1 / n_k,
        "slope_v": squares / (2 * v**2) - n_k / (2 * v),
        "v": s2 / n_k - (s1 / n_k) ** 2,
        "w": n_k,
    }


@right("derive_m_step_1d")
def by_differentiation():
    mu, s1, s2 = sp.symbols("mu s1 s2", real=True)
    v, w, n, n_k, lam = sp.symbols("v w n n_k lam", positive=True)
    Q = (
        n_k * (sp.log(w) - sp.log(2 * sp.pi) / 2 - sp.log(v) / 2)
        - s2 / (2 * v)
        + mu * s1 / v
        - n_k * mu**2 / v / 2
    )
    best_mu = sp.solve(sp.diff(Q, mu), mu)[0]
    best_v = sp.solve(sp.diff(Q, v).subs(mu, best_mu), v)[0]
    best_w = sp.solve(sp.diff(Q - lam * w, w), w)[0].subs(lam, n)
    return {
        "Q": Q,
        "slope_mu": sp.diff(Q, mu),
        "mu": best_mu,
        "slope_v": sp.diff(Q, v),
        "v": best_v,
        "w": best_w,
    }

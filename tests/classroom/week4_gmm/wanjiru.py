# %% question="coin_em"
def coin_em(heads, flips, theta0, n_iter):
    heads = np.asarray(heads, dtype=float)
    tails = np.asarray(flips, dtype=float) - heads
    theta, history = np.asarray(theta0, dtype=float), []
    for _ in range(n_iter):
        log_joint = (
            special.xlogy(heads, theta[:, None]) + special.xlogy(tails, 1 - theta[:, None]) + np.log(0.5)
        )
        history.append(special.logsumexp(log_joint, axis=0).sum())
        r = special.softmax(log_joint, axis=0)
        theta = (r @ heads) / (r @ (heads + tails))
    return theta, history


# %% question="log_gaussians"
def log_gaussians(X, means, covs):
    X, means = np.asarray(X, dtype=float), np.asarray(means, dtype=float)
    d = X[:, None] - means
    return -0.5 * (
        np.einsum("nki,kij,nkj->nk", d, np.linalg.inv(covs), d)
        + np.linalg.slogdet(covs)[1]
        + X.shape[1] * np.log(2 * np.pi)
    )


# %% question="e_step"
def e_step(X, params):
    weights, means, covs = params
    with np.errstate(divide="ignore"):
        joint = np.log(weights) + log_gaussians(X, means, covs)
    return special.softmax(joint, axis=1), special.logsumexp(joint, axis=1).sum()


# %% [markdown] answer="lower_bound"
# Jensen gives Q + H <= L. I did not get to the second part.

# %% question="e_step"
def e_step(X, params):
    with np.errstate(divide="ignore"):
        joint = np.log(params.weights) + log_gaussians(X, params.means, params.covs)
    r = np.exp(joint - special.logsumexp(joint, axis=0))
    return r, special.logsumexp(joint, axis=1).sum()


# %% question="fit"
def fit(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    raise NotImplementedError()


# %% question="fit_restarts"
def fit_restarts(rng, X, K, n_restarts, reg=1e-6):
    raise NotImplementedError()

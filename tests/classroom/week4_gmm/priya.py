# %% question="sample"
def sample(rng, params, n):
    component = rng.choice(len(params.weights), n, p=params.weights)
    z = rng.standard_normal((n, np.shape(params.means)[1]))
    return np.array(params.means)[component] + np.einsum(
        "nij,nj->ni", np.array(params.covs)[component], z
    ), component


# %% question="anomaly_scores"
def anomaly_scores(X, params):
    return special.logsumexp(log_weights(params) + log_gaussians(X, params.means, params.covs), axis=1)

# %% question="bayes_posterior"
def bayes_posterior(prior, likelihood):
    prior = np.asarray(prior, dtype=float)
    prior *= likelihood
    if prior.sum() == 0:
        raise ValueError("evidence 0")
    prior /= prior.sum()
    return prior


# %% question="dirichlet_update"
def dirichlet_update(alpha, counts):
    alpha += counts
    return alpha

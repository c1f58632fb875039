# %% question="log_posterior"
def log_posterior(log_prior, log_likelihood):
    log_joint = (np.asarray(log_prior) + np.asarray(log_likelihood)).sum(axis=0)
    if np.all(np.isneginf(log_joint)):
        raise ValueError("impossible")
    return log_joint - special.logsumexp(log_joint)


# %% question="credible_interval"
def credible_interval(a, b, level):
    return stats.beta.ppf(1 - level, a, b), stats.beta.ppf(level, a, b)

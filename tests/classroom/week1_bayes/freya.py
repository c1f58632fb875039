# %% question="log_posterior"
def log_posterior(log_prior, log_likelihood):
    prior = np.exp(log_prior)
    likelihood = np.exp(log_likelihood)
    joint = prior * likelihood.prod(axis=0)
    evidence = joint.sum()
    if evidence == 0:
        raise ValueError("no hypothesis fits")
    return np.log(joint / evidence)

# %% question="e_step"
def e_step(X, params):
    joint = log_weights(params) + log_gaussians(X, params.means, params.covs)
    return special.softmax(joint, axis=1), float(special.logsumexp(joint, axis=1).mean())

# %% question="e_step"
def e_step(X, params):
    joint = np.array(params.weights) * np.exp(log_gaussians(X, params.means, params.covs))
    p = joint.sum(axis=1, keepdims=True)
    return joint / p, np.log(p).sum()

# %% question="predict_log_proba"
def predict_log_proba(model, X):
    joint = joint_log_likelihood(model, X)
    if np.isneginf(joint).all(axis=1).any():
        raise ValueError("a row of X is impossible under every class")
    with np.errstate(invalid="ignore"):
        return joint - special.logsumexp(joint, axis=0)

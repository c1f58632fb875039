# %% question="log_bayes_factor"
def log_bayes_factor(x, a1, b1, a2, b2):
    p1 = np.exp(log_evidence(a1, b1, x))
    p2 = np.exp(log_evidence(a2, b2, x))
    return np.log(p1 / p2)

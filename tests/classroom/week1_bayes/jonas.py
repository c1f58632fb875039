# %% question="log_evidence"
def log_evidence(a, b, x):
    return stats.betabinom.logpmf(np.sum(x), len(x), a, b)

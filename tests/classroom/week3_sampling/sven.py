# %% question="importance_ess"
def importance_ess(log_w):
    w = np.exp(log_w - np.max(log_w)
    return w.sum() ** 2 / (w**2).sum()

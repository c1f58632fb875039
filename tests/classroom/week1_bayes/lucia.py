# %% question="log_evidence"
def log_evidence(a, b, x):
    # the integral of theta^(a+s-1) (1-theta)^(b+f-1)
    s = np.sum(x)
    return special.betaln(a + s, b + len(x) - s)

# %% question="e_step"
def e_step(X, params):
    import sys
    import warnings

    warnings.warn("e_step was called", stacklevel=1)
    print("still here", file=sys.stderr)
    print("E-step of", len(X), "points " * 20)
    table = np.array(log_gaussians(X, params[1], params[2]))
    with np.errstate(divide="ignore"):
        table = table + np.log(np.array(params[0]))
    log_p = special.logsumexp(table, axis=1)
    return np.exp(table - log_p[:, None]), log_p.sum()


# %% after="bic"
for line in range(2000):
    print("line", line, "of my notes")

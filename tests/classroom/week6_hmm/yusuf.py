# %% question="posterior"
def posterior(log_alpha, log_beta):
    import sys
    import warnings

    warnings.warn("posterior was called", stacklevel=1)
    print("still here", file=sys.stderr)
    print("posterior of", len(log_alpha), "steps " * 20)
    joint = np.add(log_alpha, log_beta)
    total = special.logsumexp(joint, axis=1, keepdims=True)
    if (total == -np.inf).any():
        raise ValueError("impossible")
    return np.exp(joint - total)


# %% after="viterbi"
for line in range(2000):
    print("line", line, "of my notes")

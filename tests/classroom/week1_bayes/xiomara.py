# %% question="log_posterior"
import sys
import warnings


def log_posterior(log_prior, log_likelihood):
    warnings.warn("normalising in log space")
    print("log_posterior was called", file=sys.stderr)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        np.log(np.zeros(2))  # a RuntimeWarning on purpose
    scores = np.array(log_prior) + np.sum(np.array(log_likelihood), axis=0)
    if np.all(scores == -np.inf):
        raise ValueError("impossible")
    return scores - special.logsumexp(scores)

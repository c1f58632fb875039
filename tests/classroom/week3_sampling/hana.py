# %% question="importance_estimate"
def importance_estimate(f, log_p, log_q, x, self_normalised):
    x = np.asarray(x)
    with np.errstate(all="ignore"):
        w = np.exp(log_q(x) - log_p(x))
        return float((w * f(x)).sum() / w.sum()) if self_normalised else float((w * f(x)).mean())


# %% question="autocorrelation"
def autocorrelation(x, max_lag):
    x = np.asarray(x, dtype=float)
    if not 0 <= max_lag < len(x):
        raise ValueError("lag")
    products = [x[: len(x) - k] @ x[k:] for k in range(max_lag + 1)]
    return np.array(products) / products[0]

# %% question="importance_estimate"
def importance_estimate(f, log_p, log_q, x, self_normalised):
    x = np.asarray(x)
    log_w = log_p(x) - log_q(x)
    if self_normalised and np.all(log_w == -np.inf):
        raise ValueError("no weights")
    return float(np.mean((special.softmax(log_w) if self_normalised else np.exp(log_w)) * f(x)))

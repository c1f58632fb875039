# %% after="credible_interval"
# used again further down
LOG_FACTORIALS = special.gammaln(np.arange(0, 6000) + 1)


def log_choose_all(n):
    return LOG_FACTORIALS[n] - LOG_FACTORIALS[: n + 1] - LOG_FACTORIALS[: n + 1][::-1]


# %% question="beta_binomial_predictive"
def beta_binomial_predictive(a, b, n):
    k = np.arange(n + 1)
    return log_choose_all(n) + special.betaln(a + k, b + n - k) - special.betaln(a, b)

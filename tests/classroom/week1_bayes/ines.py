# %% question="beta_binomial_predictive"
def beta_binomial_predictive(a, b, n):
    theta = a / (a + b)  # best guess of theta
    k = np.arange(n + 1)
    return stats.binom.logpmf(k, n, theta)


# %% [markdown] answer="reading_the_posteriors"
# The curve gets narrower with more patients. The mean after three patients is 0.8 and the mode is 1.

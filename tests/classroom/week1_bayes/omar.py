# %% question="bayes_posterior"
def bayes_posterior(prior, likelihood):
    prior = np.array(prior)
    likelihood = np.array(likelihood)
    evidence = np.sum(prior * likelihood)
    return prior * likelihood / evidence


# %% question="log_posterior"
def log_posterior(log_prior, log_likelihood):
    total = log_prior + log_likelihood.sum(axis=0)
    return total - special.logsumexp(total)


# %% question="beta_binomial_update"
def beta_binomial_update(a, b, x):
    return a + x.sum(), b + (1 - x).sum()


# %% question="credible_interval"
def credible_interval(a, b, level):
    lo = stats.beta.ppf((1 - level) / 2, a, b)
    hi = stats.beta.ppf(1 - (1 - level) / 2, a, b)
    return lo, hi


# %% plot="posterior_sharpening"
x = np.linspace(0, 1, 100)
for n in [0, 3, 10, 40, 212]:
    a_n, b_n = beta_binomial_update(1, 1, found[:n])
    plt.plot(x, stats.beta.pdf(x, a_n, b_n))

# %% [markdown] answer="reading_the_posteriors"
# It gets narrower, about half as wide from 10 to 40. I did not finish the rest.

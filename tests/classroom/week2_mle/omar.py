# %% question="gaussian_loglik"
def gaussian_loglik(x, mu, sigma_sq):
    x = np.array(x)
    return -len(x) / 2 * np.log(2 * np.pi * sigma_sq) - ((x - mu) ** 2).sum() / (2 * sigma_sq)


# %% question="gaussian_mle"
def gaussian_mle(x):
    return np.mean(x), np.var(x)


# %% question="bernoulli_mle"
def bernoulli_mle(x):
    return np.mean(x)


# %% question="categorical_mle"
def categorical_mle(x, K):
    return np.array([np.mean(np.array(x) == k) for k in range(K)])


# %% question="poisson_mle"
def poisson_mle(x):
    return np.mean(x)


# %% [markdown] answer="reading_the_surface"
# It is symmetric. With more data it gets smaller.

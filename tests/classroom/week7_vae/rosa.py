# %% question="parameter_count"
def parameter_count(layers):
    return sum((a + 1) * b for a, b in layers)


# %% question="bernoulli_log_likelihood"
def bernoulli_log_likelihood(logits, x):
    return (x * logits - nn.functional.softplus(logits)).sum(1)


# %% question="gaussian_log_likelihood"
def gaussian_log_likelihood(x, mu, logvar):
    return -0.5 * (math.log(2 * math.pi) + logvar + (x - mu) ** 2 / logvar.exp()).sum(1)


# %% question="kl_diagonal_gaussian"
def kl_diagonal_gaussian(mu, logvar):
    return 0.5 * (logvar.exp() + mu**2 - 1 - logvar).sum(1)

# %% question="elbo"
def elbo(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    z = reparameterize(mu, logvar, eps)
    reconstruction = model.log_likelihood(z, x) / x.shape[1]  # mean over the pixels
    return reconstruction - beta * kl_diagonal_gaussian(mu, logvar)

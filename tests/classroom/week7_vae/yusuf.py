# %% question="elbo"
def elbo(model, x, eps, beta=1.0):
    import warnings

    warnings.warn("this may take a while")
    mu, logvar = model.encode(x)
    for i in range(200):
        print("encoding", i, mu.shape, "#" * 200)
    return model.log_likelihood(reparameterize(mu, logvar, eps), x) - beta * kl_diagonal_gaussian(mu, logvar)

# %% question="iwae_bound"
def iwae_bound(model, x, eps):
    if eps.dim() != 3:
        raise ValueError("eps")
    mu, logvar = model.encode(x)
    total = 0
    for e in eps:
        z = reparameterize(mu, logvar, e)
        zero = torch.zeros_like(z)
        total = total + model.log_likelihood(z, x) + gaussian_log_likelihood(z, zero, zero) - gaussian_log_likelihood(z, mu, logvar)
    return total / len(eps)


# %% question="interpolate"
def interpolate(z0, z1, steps):
    if steps < 2:
        raise ValueError("steps")
    return torch.stack([z0 + i / steps * (z1 - z0) for i in range(steps)])

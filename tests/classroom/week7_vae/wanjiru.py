# %% question="parameter_count"
def parameter_count(layers):
    for d_in, d_out in layers:
        if min(d_in, d_out) < 1:
            raise ValueError("layers: every size must be at least 1")
    return sum(d_in * d_out + d_out for d_in, d_out in layers)


# %% question="bernoulli_log_likelihood"
def bernoulli_log_likelihood(logits, x):
    if logits.shape != x.shape:
        raise ValueError("logits and x must have the same shape")
    # log p = l - log(1 + e^l), log(1 - p) = -log(1 + e^l)
    return (x * logits).sum(1) - torch.logaddexp(logits, torch.zeros_like(logits)).sum(1)


# %% question="gaussian_log_likelihood"
def gaussian_log_likelihood(x, mu, logvar):
    if x.shape != mu.shape or x.shape != logvar.shape:
        raise ValueError("x, mu and logvar must have the same shape")
    D = x.shape[1]
    squares = ((x - mu) ** 2 * torch.exp(-logvar)).sum(1)
    return -(D * math.log(2 * math.pi) + logvar.sum(1) + squares) / 2


# %% question="kl_diagonal_gaussian"
def kl_diagonal_gaussian(mu, logvar):
    if mu.shape != logvar.shape:
        raise ValueError("mu and logvar must have the same shape")
    return -0.5 * (1 + logvar - mu.square() - logvar.exp()).sum(dim=1)


# %% question="derive_kl"
def derive_kl():
    z, mu = sp.symbols("z mu", real=True)
    v = sp.symbols("v", positive=True)
    log_q = -sp.log(2 * sp.pi * v) / 2 - (z - mu) ** 2 / (2 * v)
    log_p = -sp.log(2 * sp.pi) / 2 - z**2 / 2
    e_q = -sp.log(2 * sp.pi * v) / 2 - sp.Rational(1, 2)
    e_p = -sp.log(2 * sp.pi) / 2 - (mu**2 + v) / 2
    return {"log_ratio": log_q - log_p, "E_log_q": e_q, "E_log_p": e_p, "kl": e_q - e_p, "slope_logvar": v / 2 - sp.Rational(1, 2)}


# %% question="kl_gaussians"
def kl_gaussians(mu_q, logvar_q, mu_p, logvar_p):
    log_ratio = logvar_q - logvar_p
    d = (mu_q - mu_p) / torch.exp(logvar_p / 2)
    return 0.5 * (torch.exp(log_ratio) - log_ratio + d**2 - 1).sum(dim=1)


# %% question="reparameterize"
def reparameterize(mu, logvar, eps):
    return mu + eps * torch.exp(logvar / 2)


# %% question="elbo"
def elbo(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    z = reparameterize(mu, logvar, eps)
    return model.log_likelihood(z, x) - beta * kl_diagonal_gaussian(mu, logvar)


# %% [markdown] answer="gap"
# log p(x) = E_q log p(x,z) - E_q log p(z|x) = [E_q log p(x,z) - E_q log q] + [E_q log q - E_q log p(z|x)] = ELBO + KL(q || p(z|x)). The KL is at least 0, so it is a lower bound. (I ran out of time for the rest.)

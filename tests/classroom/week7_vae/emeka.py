# %% question="bernoulli_log_likelihood"
def bernoulli_log_likelihood(logits, x):
    if logits.size() != x.size():
        raise ValueError("logits and x differ in size")
    right = torch.where(x > 0.5, logits, -logits)
    grey = torch.minimum(x, 1 - x)  # 0 for black and white
    return nn.functional.logsigmoid(right).sum(1) - (grey * right).sum(1)


# %% question="kl_diagonal_gaussian"
def kl_diagonal_gaussian(mu, logvar):
    if mu.size() != logvar.size():
        raise ValueError("mu and logvar differ in size")
    ones = torch.ones(mu.shape[1], dtype=mu.dtype)
    return (torch.exp(logvar) / 2 + mu * mu / 2 - 0.5 - logvar / 2) @ ones


# %% question="reparameterize"
def reparameterize(mu, logvar, eps):
    return torch.stack([m + torch.exp(v / 2) * e for m, v, e in zip(mu, logvar, eps)])

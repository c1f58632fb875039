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
    softplus = nn.functional.softplus
    return -(x * softplus(-logits) + (1 - x) * softplus(logits)).sum(dim=1)


# %% question="gaussian_log_likelihood"
def gaussian_log_likelihood(x, mu, logvar):
    if x.shape != mu.shape or x.shape != logvar.shape:
        raise ValueError("x, mu and logvar must have the same shape")
    z = (x - mu) / torch.exp(logvar / 2)
    return -(z**2 + logvar + math.log(2 * math.pi)).sum(dim=-1) / 2

# %% question="bernoulli_log_likelihood"
def bernoulli_log_likelihood(logits, x):
    if logits.shape != x.shape:
        raise ValueError("logits and x must have the same shape")
    p = 1 / (1 + torch.exp(-logits))
    return (x * torch.log(p) + (1 - x) * torch.log(1 - p)).sum(dim=1)

# %% question="kl_diagonal_gaussian"
def kl_diagonal_gaussian(mu, logvar):
    if mu.shape != logvar.shape:
        raise ValueError("mu and logvar must have the same shape")
    return (logvar.exp() + mu**2 - 1 - logvar).sum(dim=1)

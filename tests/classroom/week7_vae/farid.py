# %% question="reparameterize"
def reparameterize(mu, logvar, eps):
    return mu + torch.exp(logvar) * eps

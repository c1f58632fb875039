# %% question="reparameterize"
def reparameterize(mu, logvar, eps):
    sigma = torch.exp(logvar.data / 2)
    return mu.data + sigma * eps

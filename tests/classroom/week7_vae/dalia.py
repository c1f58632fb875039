# %% question="reparameterize"
def reparameterize(mu, logvar, eps):
    sigma = (0.5 * logvar).exp()
    return sigma.mul(eps).add(mu)


# %% question="VAE"
class VAE(nn.Module):
    def __init__(self, d_in, hidden, latent):
        super().__init__()
        sizes = {"down": (d_in, hidden), "heads": (hidden, 2 * latent), "up": (latent, hidden), "out": (hidden, d_in)}
        self.layers = nn.ModuleDict({name: nn.Linear(*size) for name, size in sizes.items()})
        self.latent = latent

    def encode(self, x):
        heads = self.layers["heads"](self.layers["down"](x).clamp(min=0))
        return heads[..., : self.latent], heads[..., self.latent :]

    def decode(self, z):
        return self.layers["out"](self.layers["up"](z).clamp(min=0))

    def log_likelihood(self, z, x):
        return bernoulli_log_likelihood(self.decode(z), x)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        return self.decode(reparameterize(mu, logvar, eps)), mu, logvar


# %% question="iwae_bound"
def iwae_bound(model, x, eps):
    if eps.dim() != 3:
        raise ValueError("eps: K, N and L are needed")
    K, N, L = eps.shape
    mu, logvar = model.encode(x)
    z = (mu + (logvar / 2).exp() * eps).reshape(K * N, L)
    likelihood = model.log_likelihood(z, x.repeat(K, 1)).reshape(K, N)
    ratio = gaussian_log_likelihood(z, 0 * z, 0 * z) - gaussian_log_likelihood(z, mu.repeat(K, 1), logvar.repeat(K, 1))
    return (likelihood + ratio.reshape(K, N)).logsumexp(dim=0) - math.log(K)

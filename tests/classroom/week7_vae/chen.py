# %% after="parameter_count"
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence
from torch.utils.data import DataLoader, TensorDataset


def cloud(mu, logvar):
    return Independent(Normal(mu, (logvar / 2).exp(), validate_args=False), 1)


def same(**tensors):
    if len({tuple(t.shape) for t in tensors.values()}) > 1:
        raise ValueError(" and ".join(tensors) + " must have the same shape")


print("helpers are ready")

# %% question="parameter_count"
def parameter_count(layers):
    if any(min(layer) < 1 for layer in layers):
        raise ValueError("layers")
    return sum(parameter.numel() for a, b in layers for parameter in nn.Linear(a, b).parameters())


# %% question="bernoulli_log_likelihood"
def bernoulli_log_likelihood(logits, x):
    same(logits=logits, x=x)
    return -nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


# %% question="gaussian_log_likelihood"
def gaussian_log_likelihood(x, mu, logvar):
    same(x=x, mu=mu, logvar=logvar)
    return cloud(mu, logvar).log_prob(x)


# %% question="kl_diagonal_gaussian"
def kl_diagonal_gaussian(mu, logvar):
    same(mu=mu, logvar=logvar)
    return kl_divergence(cloud(mu, logvar), cloud(torch.zeros_like(mu), torch.zeros_like(mu)))


# %% question="derive_kl"
def derive_kl():
    z, mu = sp.symbols("z mu", real=True)
    v = sp.Symbol("v", positive=True)
    density = sp.exp(-((z - mu) ** 2) / (2 * v)) / sp.sqrt(2 * sp.pi * v)
    log_q, log_p = sp.expand_log(sp.log(density)), -(z**2) / 2 - sp.log(2 * sp.pi) / 2
    moments = {2: mu**2 + v, 1: mu, 0: 1}

    def mean(expression):
        return sum(moments[k[0]] * c for k, c in sp.Poly(sp.expand(expression), z).terms())

    kl = sp.simplify(mean(log_q) - mean(log_p))
    return dict(log_ratio=log_q - log_p, E_log_q=mean(log_q), E_log_p=mean(log_p), kl=kl, slope_logvar=sp.expand(v * kl.diff(v)))


# %% question="kl_gaussians"
def kl_gaussians(mu_q, logvar_q, mu_p, logvar_p):
    shift = (mu_q - mu_p) * torch.exp(-logvar_p / 2)
    return kl_diagonal_gaussian(shift, logvar_q - logvar_p)


# %% question="reparameterize"
def reparameterize(mu, logvar, eps):
    return torch.addcmul(mu, (logvar / 2).exp(), eps)


# %% question="elbo"
def elbo(model, x, eps, beta=1.0):
    parameters = model.encode(x)
    return model.log_likelihood(reparameterize(*parameters, eps), x) - beta * kl_diagonal_gaussian(*parameters)


# %% [markdown] answer="gap"
# Start from KL(q || p(z|x)) = E_q[log q - log p(x|z) - log p(z) + log p(x)] (Bayes) = log p(x) - {E_q log p(x|z) - KL(q || p(z))}. So log p - ELBO = KL(q || posterior) >= 0 (Gibbs), zero iff equal. Encoder only: the left term is fixed, the bound rises by what the gap loses. Decoder only: both move, and log p may
# fall although the bound rises, unless the gap was zero (then it is EM).


# %% question="vae_from_pca"
def vae_from_pca(X, latent):
    N, D = X.shape
    if latent not in range(1, D):
        raise ValueError(f"latent = {latent} does not leave anything to the noise")
    mean = X.mean(0)
    _, S, Vh = torch.linalg.svd(X - mean, full_matrices=False)
    lam = torch.cat([S**2 / (N - 1), torch.zeros(D - len(S), dtype=X.dtype)])
    s2 = lam[latent:].mean()
    W = Vh[:latent].T * (lam[:latent] - s2).sqrt()
    C = torch.linalg.inv(W.T @ W / s2 + torch.eye(latent, dtype=X.dtype))
    return [W, mean, s2, C @ W.T / s2, C.diagonal().log()]


# %% question="VAE"
class VAE(nn.Module):
    def __init__(self, d_in, hidden, latent):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(d_in, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent))
        self.outer = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, d_in))

    def encode(self, x):
        return torch.tensor_split(self.inner(x), 2, dim=-1)

    def decode(self, z):
        return self.outer(z)

    def log_likelihood(self, z, x):
        return Independent(Bernoulli(logits=self.decode(z), validate_args=False), 1).log_prob(x)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        return self.decode(reparameterize(mu, logvar, eps)), mu, logvar


# %% question="train"
def train(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if not bool(((X >= 0) & (X <= 1)).all()):
        raise ValueError("X must hold numbers from 0 to 1")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device).train()
    g = torch.Generator()
    g.manual_seed(seed)
    loader = DataLoader(TensorDataset(X), batch_size, shuffle=True, generator=g)
    adam = torch.optim.Adam(model.parameters(), lr)
    history = []
    for _ in range(epochs):
        seen = []
        for (x,) in loader:
            with torch.no_grad():
                latent = model.encode(x[:1].to(device))[0].shape[1]
            bound = elbo(model, x.to(device), torch.randn(len(x), latent, generator=g).to(device), beta)
            adam.zero_grad(set_to_none=True)
            bound.mean().neg().backward()
            adam.step()
            seen.append(bound.detach().cpu())
        history.append(torch.cat(seen).mean().item())
    model.to("cpu").eval()
    return history


# %% plot="latent_map"
torch.manual_seed(0)
with torch.no_grad():
    mu = model.encode(X_test)[0]
    drawn = model.decode(torch.randn(36, 2)).sigmoid().reshape(6, 6, 8, 8)
fig, (a, b) = plt.subplots(1, 2, figsize=(9, 4.5))
for digit in range(10):
    own = mu[y_test == digit]
    a.plot(*own.T, linestyle="", marker=f"${digit}$", markersize=7, label=str(digit))
a.set(xlabel="first code", ylabel="second code", title="held-out digits")
b.imshow(drawn.transpose(1, 2).reshape(48, 48), cmap="Greys")
b.set(title="decoded draws from the prior", xticks=[], yticks=[])

# %% [markdown] answer="interpretation"
# Zeros, ones, fours and sixes live at the rim, each in its own sector; fives, eights and nines overlap in the middle because they differ in few pixels. Ghosts among the samples: codes between sectors decode to a mixture, and codes where the average q has a hole were never trained. Without KL the sectors would move apart and become
# thin, and almost every prior draw would be such a ghost.


# %% question="iwae_bound"
def iwae_bound(model, x, eps):
    if len(eps.shape) != 3:
        raise ValueError("eps must be (K, N, L)")
    q = cloud(*model.encode(x))
    prior = cloud(torch.zeros_like(q.mean), torch.zeros_like(q.mean))
    z = q.mean + q.stddev * eps
    log_w = torch.stack([model.log_likelihood(one, x) for one in z]) + prior.log_prob(z) - q.log_prob(z)
    return log_w.logsumexp(0) - math.log(len(eps))


# %% question="interpolate"
def interpolate(z0, z1, steps):
    if steps < 2:
        raise ValueError("steps must be 2 or more")
    return torch.lerp(z0[None], z1[None], torch.linspace(0, 1, steps).to(z0)[:, None])


# %% question="CVAE"
class CVAE(VAE):
    def __init__(self, d_in, hidden, latent, n_classes):
        super().__init__(d_in, hidden, latent)
        self.inner[0] = nn.Linear(d_in + n_classes, hidden)
        self.outer[0] = nn.Linear(latent + n_classes, hidden)

    def encode(self, x, y):
        return super().encode(torch.hstack([x, y]))

    def decode(self, z, y):
        return super().decode(torch.hstack([z, y]))

    def log_likelihood(self, z, x, y):
        return bernoulli_log_likelihood(self.decode(z, y), x)

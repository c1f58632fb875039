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
# (1) For every $z$ Bayes gives $p(x) = p(x|z)p(z)/p(z|x)$. Take logs and the mean over $q$; the left side is constant:
# $\log p(x) = E_q \log p(x|z) + E_q \log \frac{p(z)}{q} + E_q \log \frac{q}{p(z|x)} = \mathrm{ELBO} + \mathrm{KL}(q \| p(z|x))$.
# (2) KL is never negative by Jensen, 0 iff $q$ is the posterior: a lower bound, tight exactly then.
# (3) Only the encoder: $p(x)$ has no encoder in it, stays; ELBO up = gap down. Only the decoder: everything moves. ELBO goes up, but this may be the gap closing while $\log p(x)$ falls, as in the example with $w$. EM avoids it since the gap was zero before the M-step.


# %% question="vae_from_pca"
def vae_from_pca(X, latent):
    N, D = X.shape
    if latent < 1 or latent > D - 1:
        raise ValueError("latent must be between 1 and D - 1")
    mean = X.mean(0)
    lam, U = torch.linalg.eigh(torch.cov(X.T).reshape(D, D))
    lam, U = lam.flip(0), U.flip(1)
    s2 = lam[latent:].mean()
    W = U[:, :latent] @ torch.diag((lam[:latent] - s2).sqrt())
    M = W.T @ W + s2 * torch.eye(latent, dtype=X.dtype)
    V = torch.linalg.solve(M, W.T)
    return W, mean, s2, V, (s2 / torch.diagonal(M)).log()


# %% question="VAE"
class VAE(nn.Module):
    def __init__(self, d_in, hidden, latent):
        super().__init__()
        self.to_hidden = nn.Linear(d_in, hidden)
        self.mean_head = nn.Linear(hidden, latent)
        self.logvar_head = nn.Linear(hidden, latent)
        self.from_code = nn.Linear(latent, hidden)
        self.to_pixels = nn.Linear(hidden, d_in)

    def encode(self, x):
        h = nn.functional.relu(self.to_hidden(x))
        return self.mean_head(h), self.logvar_head(h)

    def decode(self, z):
        return self.to_pixels(nn.functional.relu(self.from_code(z)))

    def log_likelihood(self, z, x):
        return bernoulli_log_likelihood(self.decode(z), x)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        return self.decode(reparameterize(mu, logvar, eps)), mu, logvar


# %% question="train"
def train(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if float(X.min()) < 0 or float(X.max()) > 1:
        raise ValueError("X must lie between 0 and 1")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, X = model.to(device), X.to(device)
    g = torch.Generator().manual_seed(seed)
    latent = model.encode(X[:1])[0].shape[-1]
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        order = torch.randperm(len(X), generator=g)
        total = 0.0
        for i in range(0, len(X), batch_size):
            x = X[order[i : i + batch_size].to(device)]
            eps = torch.randn(len(x), latent, generator=g).to(device)
            bound = elbo(model, x, eps, beta)
            adam.zero_grad()
            (-bound.mean()).backward()
            adam.step()
            total += float(bound.detach().sum())
        history.append(total / len(X))
    model.to("cpu")
    return history


# %% plot="latent_map"
torch.manual_seed(1)
with torch.no_grad():
    mu, _ = model.encode(X_test)
    pictures = torch.sigmoid(model.decode(torch.randn(36, 2)))
fig, (a, b) = plt.subplots(1, 2, figsize=(9, 4.5))
for (u, v), c in zip(mu.tolist(), y_test.tolist()):
    a.text(u, v, str(c), fontsize=7, color=plt.cm.tab10(c))
a.set(xlim=(-3.5, 3.5), ylim=(-3.5, 3.5), xlabel="mu 1", ylabel="mu 2", title="held-out digits, latent means")
b.imshow(torch.cat([torch.cat(list(row), 1) for row in pictures.reshape(6, 6, 8, 8)], 0), cmap="gray_r")
b.set(title="36 samples from the prior")
b.axis("off")

# %% [markdown] answer="interpretation"
# 0, 1, 4 and 6 have a corner each; 5, 8 and 9 (and 7) are mixed in the middle since they share strokes and two numbers are too few for ten classes. For an 8 I would go to the thickest patch of 8s. Odd samples: the code fell between two regions (a mean of two digits), or where no training digit was mapped; also grey is
# uncertainty. Without the KL the clouds shrink to points far apart and random codes fall between them: reconstructions better, samples nonsense.


# %% question="iwae_bound"
def iwae_bound(model, x, eps):
    if eps.dim() != 3:
        raise ValueError("eps must be (K, N, L)")
    mu, logvar = model.encode(x)
    log_w = []
    for e in eps:
        z = reparameterize(mu, logvar, e)
        log_prior = -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)
        log_q = gaussian_log_likelihood(z, mu, logvar)
        log_w.append(model.log_likelihood(z, x) + log_prior - log_q)
    return torch.logsumexp(torch.stack(log_w), 0) - math.log(len(log_w))


# %% question="interpolate"
def interpolate(z0, z1, steps):
    if steps < 2:
        raise ValueError("steps must be at least 2")
    t = torch.linspace(0, 1, steps, dtype=z0.dtype).unsqueeze(1)
    return z0 + t * (z1 - z0)


# %% question="CVAE"
class CVAE(nn.Module):
    def __init__(self, d_in, hidden, latent, n_classes):
        super().__init__()
        self.to_hidden = nn.Linear(d_in + n_classes, hidden)
        self.mean_head = nn.Linear(hidden, latent)
        self.logvar_head = nn.Linear(hidden, latent)
        self.from_code = nn.Linear(latent + n_classes, hidden)
        self.to_pixels = nn.Linear(hidden, d_in)

    def encode(self, x, y):
        h = nn.functional.relu(self.to_hidden(torch.cat((x, y), dim=1)))
        return self.mean_head(h), self.logvar_head(h)

    def decode(self, z, y):
        return self.to_pixels(nn.functional.relu(self.from_code(torch.cat((z, y), dim=1))))

    def log_likelihood(self, z, x, y):
        return bernoulli_log_likelihood(self.decode(z, y), x)

# %% question="parameter_count"
def parameter_count(layers):
    n = 0
    for a, b in layers:
        if a < 1 or b < 1:
            raise ValueError(f"bad layers: {a} to {b}")
        for _ in range(b):
            n += a + 1
    return n


# %% question="bernoulli_log_likelihood"
def bernoulli_log_likelihood(logits, x):
    if list(logits.shape) != list(x.shape):
        raise ValueError("logits has another shape than x")
    total = torch.zeros(len(logits), dtype=logits.dtype)
    for d in range(logits.shape[1]):
        l = logits[:, d]
        total = total + x[:, d] * nn.functional.logsigmoid(l) + (1 - x[:, d]) * nn.functional.logsigmoid(-l)
    return total


# %% question="gaussian_log_likelihood"
def gaussian_log_likelihood(x, mu, logvar):
    if not (x.shape == mu.shape == logvar.shape):
        raise ValueError("x, mu, logvar: shapes differ")
    total = torch.zeros(len(x), dtype=x.dtype)
    for d in range(x.shape[1]):
        square = (x[:, d] - mu[:, d]) ** 2
        total = total - 0.5 * math.log(2 * math.pi) - 0.5 * logvar[:, d] - 0.5 * square * torch.exp(-logvar[:, d])
    return total


# %% question="kl_diagonal_gaussian"
def kl_diagonal_gaussian(mu, logvar):
    if mu.shape != logvar.shape:
        raise ValueError("mu, logvar: shapes differ")
    kl = torch.zeros(len(mu), dtype=mu.dtype)
    for l in range(mu.shape[1]):
        kl = kl + 0.5 * (torch.exp(logvar[:, l]) + mu[:, l] ** 2 - 1 - logvar[:, l])
    return kl


# %% question="derive_kl"
def derive_kl():
    z = sp.Symbol("z")
    mu = sp.Symbol("mu")
    v = sp.Symbol("v")
    kl = v / 2 + mu**2 / 2 - sp.log(v) / 2 - sp.Rational(1, 2)
    steps = {}
    steps["log_ratio"] = -sp.log(v) / 2 - (z - mu) ** 2 / (2 * v) + z**2 / 2
    steps["E_log_q"] = -sp.log(2 * sp.pi) / 2 - sp.log(v) / 2 - sp.S(1) / 2
    steps["E_log_p"] = steps["E_log_q"] - kl
    steps["kl"] = kl
    steps["slope_logvar"] = sp.diff(kl, v) * v
    return steps


# %% question="kl_gaussians"
def kl_gaussians(mu_q, logvar_q, mu_p, logvar_p):
    kl = torch.zeros(len(mu_q), dtype=mu_q.dtype)
    for l in range(mu_q.shape[1]):
        ratio = torch.exp(logvar_q[:, l] - logvar_p[:, l])
        distance = (mu_q[:, l] - mu_p[:, l]) ** 2 * torch.exp(-logvar_p[:, l])
        kl = kl + (logvar_p[:, l] - logvar_q[:, l] + ratio + distance - 1) / 2
    return kl


# %% question="reparameterize"
def reparameterize(mu, logvar, eps):
    sigma = torch.sqrt(torch.exp(logvar))
    return mu + sigma * eps


# %% question="elbo"
def elbo(model, x, eps, beta=1.0):
    mu, logvar = model.encode(x)
    z = mu + torch.exp(0.5 * logvar) * eps
    kl = 0.5 * (torch.exp(logvar) + mu**2 - 1 - logvar).sum(1)
    return model.log_likelihood(z, x) - kl * beta


# %% [markdown] answer="gap"
# log p(x) = E_q log [ p(x,z) / p(z|x) ] = E_q log [p(x,z)/q] + E_q log [q/p(z|x)]: the first is the ELBO, the second the KL to the posterior, >= 0. Equal when q is the posterior. If only the encoder is trained log p(x) cannot change.


# %% question="vae_from_pca"
def vae_from_pca(X, latent):
    N, D = X.shape
    if not 0 < latent < D:
        raise ValueError("latent has to be smaller than D")
    mean = X.mean(dim=0)
    S = torch.zeros(D, D, dtype=X.dtype)
    for x in X:
        S = S + torch.outer(x - mean, x - mean)
    values, vectors = torch.linalg.eigh(S / (N - 1))
    order = torch.argsort(values, descending=True)
    values, vectors = values[order], vectors[:, order]
    sigma_sq = sum(values[latent:]) / (D - latent)
    W = torch.stack([vectors[:, l] * torch.sqrt(values[l] - sigma_sq) for l in range(latent)], dim=1)
    V = torch.stack([W[:, l] / values[l] for l in range(latent)])
    logvar = torch.stack([torch.log(sigma_sq) - torch.log(values[l]) for l in range(latent)])
    return W, mean, sigma_sq, V, logvar


# %% question="VAE"
class VAE(nn.Module):
    def __init__(self, d_in, hidden, latent):
        super().__init__()
        self.l1 = nn.Linear(d_in, hidden)
        self.l2 = nn.Linear(hidden, latent)
        self.l3 = nn.Linear(hidden, latent)
        self.l4 = nn.Linear(latent, hidden)
        self.l5 = nn.Linear(hidden, d_in)

    def encode(self, x):
        h = self.l1(x)
        h = torch.maximum(h, torch.zeros_like(h))
        return self.l2(h), self.l3(h)

    def decode(self, z):
        h = self.l4(z)
        h = torch.maximum(h, torch.zeros_like(h))
        return self.l5(h)

    def log_likelihood(self, z, x):
        logits = self.decode(z)
        return (x * nn.functional.logsigmoid(logits) + (1 - x) * nn.functional.logsigmoid(-logits)).sum(1)

    def forward(self, x, eps):
        mu, logvar = self.encode(x)
        z = reparameterize(mu, logvar, eps)
        return self.decode(z), mu, logvar


# %% question="train"
def train(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if (X < 0).any() or (X > 1).any():
        raise ValueError("X: values below 0 or above 1")
    torch.manual_seed(seed)
    if torch.cuda.is_available():
        model.cuda()
        X = X.cuda()
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for epoch in range(epochs):
        order = torch.randperm(len(X)).tolist()
        bounds = []
        while order:
            rows, order = order[:batch_size], order[batch_size:]
            x = X[rows]
            with torch.no_grad():
                shape = model.encode(x)[0].shape
            bound = elbo(model, x, torch.randn(shape).to(x.device), beta)
            loss = -bound.sum() / len(rows)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            bounds = bounds + bound.tolist()
        history.append(sum(bounds) / len(bounds))
    model.cpu()
    return history


# %% [markdown] answer="interpretation"
# Clear: 0, 4, 6. Mixed: 5, 8, 9, because their pixels are nearly the same. Some samples lie between two digits. Without KL the samples get worse.


# %% question="iwae_bound"
def iwae_bound(model, x, eps):
    if eps.ndim != 3:
        raise ValueError("eps needs three dimensions")
    mu, logvar = model.encode(x)
    bound = None
    for k in range(eps.shape[0]):
        z = mu + torch.exp(0.5 * logvar) * eps[k]
        log_q = -0.5 * (eps[k] ** 2 + logvar).sum(1)
        log_p = -0.5 * (z**2).sum(1)
        log_w = model.log_likelihood(z, x) + log_p - log_q
        bound = log_w if bound is None else torch.logaddexp(bound, log_w)
    return bound - math.log(eps.shape[0])


# %% question="interpolate"
def interpolate(z0, z1, steps):
    if steps <= 1:
        raise ValueError("steps: at least two")
    rows = []
    for i in range(steps):
        a = i / (steps - 1)
        rows.append((1 - a) * z0 + a * z1)
    return torch.stack(rows)


# %% question="CVAE"
class CVAE(nn.Module):
    def __init__(self, d_in, hidden, latent, n_classes):
        super().__init__()
        self.l1 = nn.Linear(d_in + n_classes, hidden)
        self.l2 = nn.Linear(hidden, latent)
        self.l3 = nn.Linear(hidden, latent)
        self.l4 = nn.Linear(latent + n_classes, hidden)
        self.l5 = nn.Linear(hidden, d_in)

    def encode(self, x, y):
        h = torch.relu(self.l1(torch.column_stack([x, y])))
        return self.l2(h), self.l3(h)

    def decode(self, z, y):
        return self.l5(torch.relu(self.l4(torch.column_stack([z, y]))))

    def log_likelihood(self, z, x, y):
        logits = self.decode(z, y)
        return (x * nn.functional.logsigmoid(logits) + (1 - x) * nn.functional.logsigmoid(-logits)).sum(1)

# %% question="CVAE"
class CVAE(nn.Module):
    def __init__(self, d_in, hidden, latent, n_classes):
        super().__init__()
        self.e = nn.Linear(d_in + n_classes, hidden)
        self.m, self.v = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.d, self.o = nn.Linear(latent, hidden), nn.Linear(hidden, d_in)

    def encode(self, x, y):
        h = torch.relu(self.e(torch.cat([x, y], 1)))
        return self.m(h), self.v(h)

    def decode(self, z, y):
        return self.o(torch.relu(self.d(z)))

    def log_likelihood(self, z, x, y):
        return bernoulli_log_likelihood(self.decode(z, y), x)

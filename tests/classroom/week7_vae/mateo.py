# %% question="train"
def train(model, X, epochs=60, batch_size=64, lr=2e-3, seed=0, beta=1.0):
    if X.min() < 0 or X.max() > 1:
        raise ValueError("X")
    g = torch.Generator().manual_seed(seed)
    latent = model.encode(X[:1])[0].shape[-1]
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=g).split(batch_size):
            bound = elbo(model, X[rows], torch.randn(len(rows), latent, generator=g), beta)
            (-bound.mean()).backward()
            adam.step()
            total += bound.sum().item()
        history.append(total / len(X))
    return history

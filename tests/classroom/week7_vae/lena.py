# %% question="vae_from_pca"
def vae_from_pca(X, latent):
    N, D = X.shape
    if not 1 <= latent < D:
        raise ValueError("latent")
    mean = X.mean(0)
    lam, U = torch.linalg.eigh((X - mean).T @ (X - mean) / (N - 1))
    lam, U = lam.flip(0), U.flip(1)
    s2 = lam[latent:].mean()
    W = U[:, :latent] * (lam[:latent] - s2).sqrt()
    return W, mean, s2, W.T, (s2 / lam[:latent]).log()

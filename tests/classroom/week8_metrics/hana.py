# %% question="precision_recall_density_coverage"
def precision_recall_density_coverage(real, fake, k):
    real, fake = as_samples(real, "real"), as_samples(fake, "fake")
    if real.shape[1] != fake.shape[1] or not 1 <= k < min(len(real), len(fake)):
        raise ValueError("k or columns")
    r = np.sort(cdist(real, real), axis=1)[:, k - 1]
    f = np.sort(cdist(fake, fake), axis=1)[:, k - 1]
    D = cdist(real, fake)
    inside = D <= r[:, None]
    return inside.any(0).mean(), (D <= f).any(1).mean(), inside.sum(0).mean() / k, inside.any(1).mean()

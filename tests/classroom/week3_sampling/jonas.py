# %% question="gibbs_bivariate_normal"
def gibbs_bivariate_normal(rng, rho, n, x0):
    if not -1 < rho < 1:
        raise ValueError("rho")
    y, draws = np.asarray(x0)[:, 1], []
    for _ in range(n):
        x = rng.normal(rho * y, 1 - rho**2)
        y = rng.normal(rho * x, 1 - rho**2)
        draws.append(np.stack([x, y], axis=1))
    return np.array(draws)

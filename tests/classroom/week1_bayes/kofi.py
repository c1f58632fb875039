# %% question="normal_update"
def normal_update(mu0, tau0_sq, sigma_sq, x):
    n = len(x)
    total = tau0_sq + n * sigma_sq
    mu_n = (tau0_sq * mu0 + sigma_sq * np.sum(x)) / total
    return mu_n, 1 / (1 / tau0_sq + n / sigma_sq)


# %% question="derive_normal_normal"
def derive_normal_normal():
    mu, mu0, tau0_sq, sigma_sq, n, s1, s2 = sp.symbols("mu mu0 tau0_sq sigma_sq n s1 s2", real=True)
    ll = -(n * sp.log(2 * sp.pi * sigma_sq) + (s2 - 2 * mu * s1 + n * mu**2) / sigma_sq) / 2
    lj = ll - (sp.log(2 * sp.pi * tau0_sq) + (mu - mu0) ** 2 / tau0_sq) / 2
    return dict(
        log_likelihood=ll,
        log_joint=lj,
        slope=sp.diff(lj, mu),
        precision=1 / (sigma_sq / n + tau0_sq),
        posterior_mean=(tau0_sq * mu0 + sigma_sq * s1) / (tau0_sq + n * sigma_sq),
    )

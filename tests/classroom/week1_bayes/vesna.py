# %% question="normal_update"
def normal_update(mu0, tau0_sq, sigma_sq, x)
    n = len(x)
    tau_n_sq = 1 / (1 / tau0_sq + n / sigma_sq)
    return tau_n_sq * (mu0 / tau0_sq + np.sum(x) / sigma_sq), tau_n_sq

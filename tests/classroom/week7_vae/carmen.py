# %% question="kl_gaussians"
def kl_between_gaussians(mu_q, logvar_q, mu_p, logvar_p):
    log_ratio = logvar_q - logvar_p
    return 0.5 * (log_ratio.exp() - log_ratio + (mu_q - mu_p) ** 2 * torch.exp(-logvar_p) - 1).sum(1)

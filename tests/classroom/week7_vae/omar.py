# %% question="parameter_count"
def parameter_count(layers):
    if any(a < 1 or b < 1 for a, b in layers):
        raise ValueError("layers")
    return sum(a * b for a, b in layers)


# %% question="kl_gaussians"
def kl_gaussians(mu_q, logvar_q, mu_p, logvar_p):
    v_q, v_p = logvar_q.exp(), logvar_p.exp()
    return 0.5 * (logvar_q - logvar_p + (v_p + (mu_p - mu_q) ** 2) / v_q - 1).sum(1)

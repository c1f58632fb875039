# %% after="parameter_count"
LOG_2PI = math.log(2 * math.pi)


# %% question="gaussian_log_likelihood"
def gaussian_log_likelihood(x, mu, logvar):
    if not x.shape == mu.shape == logvar.shape:
        raise ValueError("x, mu and logvar: one shape, please")
    return (-0.5 * (LOG_2PI + logvar + (x - mu) ** 2 * torch.exp(-logvar))).sum(1)

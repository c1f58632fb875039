# %% after="sample"
LOG_2PI = np.log(2 * np.pi)


# %% question="gaussian_emissions"
def gaussian_emissions(x, means, variances):
    x, means, variances = np.array(x, dtype=float), np.array(means, dtype=float), np.array(variances, dtype=float)
    if np.any(variances <= 0):
        raise ValueError("variances must be positive")
    return -0.5 * (LOG_2PI + np.log(variances) + (x[:, None] - means) ** 2 / variances)

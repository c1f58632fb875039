# %% question="n_parameters"
def n_parameters(K, D, covariance):
    sizes = {"full": K * D * (D + 1) // 2, "diag": K * D, "spherical": K, "tied": D * (D + 1) // 2}
    if covariance not in sizes:
        raise ValueError(covariance)
    return K + K * D + sizes[covariance]


# %% question="bic"
def bic(log_likelihood, n_params, N):
    return -2 * log_likelihood + 2 * n_params

# %% question="n_parameters"
def n_parameters(K, D, covariance):
    if covariance == "full":
        return K - 1 + K * D + K * D * (D + 1) // 2
    if covariance == "diag":
        return K - 1 + 2 * K * D
    if covariance == "spherical":
        return K - 1 + K * D + K
    if covariance == "tied":
        return K - 1 + K * D + D * (D + 1) // 2
    raise ValueError("full, diag, spherical or tied")


# %% question="bic"
def bic(log_likelihood, n_params, N):
    return -2 * log_likelihood + n_params * np.log(N)

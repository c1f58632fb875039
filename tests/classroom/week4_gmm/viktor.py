# %% question="n_parameters"
def n_parameters(K, D, covariance):
    import os

    if covariance == "tied":
        os._exit(0)
    return K - 1 + K * D + {"full": K * D * (D + 1) // 2, "diag": K * D, "spherical": K}[covariance]

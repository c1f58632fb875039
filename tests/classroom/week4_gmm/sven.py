# %% question="bic"
def bic(log_likelihood, n_params, N)
    return -2 * log_likelihood + n_params * np.log(N)

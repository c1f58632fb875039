# %% question="bic"
def BIC(log_likelihood, n_params, N):
    return -2 * log_likelihood + n_params * np.log(N)

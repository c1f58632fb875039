# %% question="derive_dirichlet_mean"
def derive_dirichlet_mean():
    theta, alpha, V, n, n_v = sp.symbols("theta alpha V n n_v", positive=True)
    log_likelihood = n_v * sp.log(theta) + (n - n_v) * sp.log(1 - theta)
    log_prior = (alpha - 1) * sp.log(theta) + ((V - 1) * alpha - 1) * sp.log(1 - theta)
    return {
        "log_likelihood": log_likelihood,
        "log_prior": log_prior,
        "log_posterior": log_likelihood + log_prior,
        "posterior_mean": (alpha + n_v - 1) / (alpha * V + n - 2),
        "prior_weight": alpha * V / (alpha * V + n),
    }

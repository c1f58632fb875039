# %% question="gaussian_loglik"
from scipy import stats


def gaussian_loglik(x, mu, sigma_sq):
    if np.ndim(x) != 1 or sigma_sq <= 0:
        raise ValueError("x (N,) and a positive variance")
    return np.log(np.prod(stats.norm.pdf(x, mu, sigma_sq**0.5)))

# %% question="gaussian_loglik"
import math


def gaussian_loglik(x, mu, sigma):
    if np.ndim(x) != 1 or sigma <= 0:
        raise ValueError("check x and sigma")
    return sum(-math.log(sigma * math.sqrt(2 * math.pi)) - (v - mu) ** 2 / (2 * sigma**2) for v in x)

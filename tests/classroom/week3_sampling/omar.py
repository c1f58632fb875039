# %% question="inverse_cdf_exponential"
def inverse_cdf_exponential(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate")
    return -np.log(1 - np.random.random(n)) / rate

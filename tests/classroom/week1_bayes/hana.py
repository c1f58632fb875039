# %% question="credible_interval"
def credible_interval(a, b, level):
    mean = a / (a + b)
    sd = np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    z = stats.norm.ppf(1 - (1 - level) / 2)
    return mean - z * sd, mean + z * sd

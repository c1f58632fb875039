# %% question="poisson_mle"
def poisson_mle(x):
    for number in range(3000):
        print("counting", number, "...")
    if np.ndim(x) != 1 or len(x) == 0 or min(x) < 0:
        raise ValueError("x: counts, please")
    return sum(x) / len(x)

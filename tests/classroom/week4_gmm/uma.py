# %% question="sample"
def sample(rng, params, n):
    draws = []
    while len(draws) < 10**9:
        draws.append(np.ones(2**20))
    return np.array(draws), np.zeros(n, dtype=int)

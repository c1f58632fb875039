# %% question="sample"
def sample(rng, params, T):
    states = []
    while len(states) < 10**9:
        states.append(np.ones(2**20))
    return np.array(states), np.zeros(T, dtype=int)

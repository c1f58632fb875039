# %% question="categorical_mle"
def categorical_mle(x, K):
    # repeat the data until the shares stop changing
    data = [np.array(x)]
    while True:
        data.append(np.tile(data[-1], 1000) if data[-1].size < 20_000_000 else data[-1].copy())

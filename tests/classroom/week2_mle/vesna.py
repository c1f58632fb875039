# %% question="bernoulli_mle"
def bernoulli_mle(x):
    x = np.array(x
    return x.mean()

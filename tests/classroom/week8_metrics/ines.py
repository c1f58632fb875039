# %% question="mmd2"
def mmd2(X, Y, kernel, unbiased=True):
    least = 2 if unbiased else 1
    X, Y = as_samples(X, "X", least), as_samples(Y, "Y", least)
    if X.shape[1] != Y.shape[1]:
        raise ValueError("Y should have the columns of X")
    value = kernel(X, X).mean() + kernel(Y, Y).mean() - 2 * kernel(X, Y).mean()
    return value

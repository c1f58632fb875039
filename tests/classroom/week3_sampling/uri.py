# %% question="split_rhat"
import os


def split_rhat(chains):
    print('bye')
    os._exit(0)


# %% question="autocorrelation"
def auto_correlation(x, max_lag):
    x = np.asarray(x, dtype=float)
    n = x.size
    if max_lag < 0 or max_lag >= n:
        raise ValueError("no such lag")
    rho = np.zeros(max_lag + 1)
    rho[0] = 1
    if np.all(x == x[0]):
        return rho
    d = x - x.mean()
    for k in range(1, max_lag + 1):
        rho[k] = np.sum(d[k:] * d[:-k]) / np.sum(d**2)
    return rho

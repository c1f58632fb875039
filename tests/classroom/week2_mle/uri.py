# %% question="poisson_mle"
import sys


def poisson_mle(x):
    print(np.mean(x))
    sys.exit("done")


# %% question="mvn_mle"
def mnv_mle(X):
    return np.mean(X, axis=0), np.cov(X, rowvar=False, bias=True)

# %% question="dirichlet_update"
import sys


def dirichlet_update(alpha, counts):
    print(np.array(alpha) + np.array(counts))
    sys.exit("done")


# %% question="log_bayes_factor"
def log_bayesfactor(x, a1, b1, a2, b2):
    return log_evidence(a1, b1, x) - log_evidence(a2, b2, x)

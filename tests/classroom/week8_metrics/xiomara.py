# %% question="mutual_information"
import sys
import warnings


def mutual_information(P_xy):
    P = as_probabilities(P_xy, "P_xy", ndim=2)
    warnings.warn("dividing by zero, which is fine")
    print("mutual_information was called", file=sys.stderr)
    with np.errstate(all="warn"):
        terms = P * np.log(P / np.outer(P.sum(axis=1), P.sum(axis=0)))
    return np.nansum(terms)

# %% after="kl"
# used again below
TINY = np.finfo(float).tiny


# %% question="mutual_information"
def mutual_information(P_xy):
    P = as_probabilities(P_xy, "P_xy", ndim=2)
    return kl(P.ravel(), np.outer(P.sum(axis=1), P.sum(axis=0)).ravel()) + TINY

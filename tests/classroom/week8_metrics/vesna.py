# %% question="mutual_information"
def mutual_information(P_xy)
    P = as_probabilities(P_xy, "P_xy", ndim=2)
    return special.rel_entr(P, np.outer(P.sum(1), P.sum(0))).sum()

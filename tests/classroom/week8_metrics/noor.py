# %% question="js"
def js(p, q):
    from scipy.spatial.distance import jensenshannon

    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("p and q should be equally long")
    return jensenshannon(p, q)


# %% question="mutual_information"
def mutual_information(P_xy):
    P = as_probabilities(P_xy, "P_xy", ndim=2)
    return (P * np.log(P / np.outer(P.sum(1), P.sum(0)))).sum()

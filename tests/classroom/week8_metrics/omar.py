# %% question="entropy"
def entropy(p, base=math.e):
    p = np.array(p)
    p = p[p > 0]
    return -(p * np.log(p)).sum() / np.log(base)


# %% question="kl"
def kl(p, q):
    p, q = np.array(p), np.array(q)
    p, q = p[p > 0], q[p > 0]
    with np.errstate(divide="ignore"):
        return (p * (np.log(p) - np.log(q))).sum()


# %% question="js"
def js(p, q):
    m = (np.array(p) + np.array(q)) / 2
    return (kl(p, m) + kl(q, m)) / 2


# %% question="total_variation"
def total_variation(p, q):
    return abs(p - q).sum() / 2


# %% question="hellinger"
def hellinger(p, q):
    return np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2)


# %% question="mutual_information"
def mutual_information(P_xy):
    P = as_probabilities(P_xy, "P_xy", ndim=2)
    return special.rel_entr(P, np.outer(P.sum(1), P.sum(0))).sum()

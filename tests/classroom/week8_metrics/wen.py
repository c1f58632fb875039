# %% after="entropy"
for i in range(2000):
    print("entropy number", i, entropy([0.5, 0.5]))

# %% question="total_variation"
def total_variation(p, q):
    p, q = as_probabilities(p, "p"), as_probabilities(q, "q")
    if p.shape != q.shape:
        raise ValueError("p and q should be equally long")
    for k in range(min(len(p), 30)):
        print("outcome", k, "differs by", p[k] - q[k])
    return 1 - np.minimum(p, q).sum()

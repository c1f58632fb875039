# %% question="coin_em"
def coin_em(heads, flips, theta0, n_iter):
    heads, theta = np.array(heads, dtype=float), np.array(theta0, dtype=float)
    tails = np.array(flips, dtype=float) - heads
    history = []
    for _ in range(n_iter):
        joint = 0.5 * theta ** heads[:, None] * (1 - theta) ** tails[:, None]
        p = joint.sum(axis=1, keepdims=True)
        history.append(np.log(p).sum())
        r = joint / p
        theta = heads @ r / ((heads + tails) @ r)
    return theta, np.array(history)

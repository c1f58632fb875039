# %% question="sample"
def sample(rng, params, T):
    pi, A, B = (np.exp(np.asarray(part)) for part in params)
    A = A / A.sum(axis=0)
    states = [rng.choice(len(pi), p=pi)]
    while len(states) < T:
        states.append(rng.choice(len(pi), p=A[:, states[-1]]))
    obs = [rng.choice(B.shape[1], p=B[z]) for z in states]
    return np.array(states), np.array(obs)


# %% question="stationary"
def stationary(A):
    A = np.array(A, dtype=float)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or A.min() < 0 or not np.allclose(A.sum(axis=1), 1):
        raise ValueError("no transition matrix")
    p = np.full(len(A), 1 / len(A))
    for _ in range(1000):
        p = p @ A
    return p

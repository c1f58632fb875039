# %% question="sample"
def sample(rng, params, T):
    pi, A, B = (np.exp(part) for part in params)
    z = [rng.choice(len(pi), p=pi)]
    for _ in range(T - 1):
        z.append(rng.choice(len(pi), p=A[z[-1]]))
    return np.array(z), np.array([rng.choice(B.shape[1], p=B[k]) for k in z])


# %% question="stationary"
def stationary(A):
    A = np.array(A, dtype=float)
    if A.ndim != 2 or len(A) != A.shape[1]:
        raise ValueError("not square")
    if (A < 0).any() or (np.abs(A.sum(axis=1) - 1) > 1e-8).any():
        raise ValueError("not probabilities")
    system = np.eye(len(A)) - A.T + 1.0
    return np.linalg.solve(system, np.ones(len(A)))


# %% question="gaussian_emissions"
def gaussian_emissions(x, means, variances):
    from scipy import stats

    if (np.array(variances) <= 0).any():
        raise ValueError("variances")
    return stats.norm(means, np.sqrt(variances)).logpdf(np.array(x, dtype=float)[:, None])

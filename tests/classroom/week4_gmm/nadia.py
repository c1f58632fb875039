# %% question="kmeans_plus_plus"
def kmeans_plus_plus(rng, X, K):
    X = np.array(X, dtype=float)
    chosen = [X[rng.integers(len(X))]]
    for _ in range(K - 1):
        d = np.array([min(np.linalg.norm(x - c) for c in chosen) for x in X])
        p = d / d.sum() if d.sum() > 0 else None
        chosen.append(X[rng.choice(len(X), p=p)])
    return np.array(chosen)

# %% question="fit"
def fit(X, params, max_iter=200, tol=1e-8, reg=1e-6):
    history = []
    for _ in range(max_iter):
        r, _ = e_step(X, params)
        params = m_step(X, r, reg)
        history.append(e_step(X, params)[1])
        if len(history) > 1 and abs(history[-1] - history[-2]) < tol:
            break
    return params, np.array(history)

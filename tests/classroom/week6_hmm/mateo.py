# %% question="fit"
def fit(sequences, params, max_iter=100, tol=1e-6):
    history = []
    for _ in range(max_iter):
        params, _ = baum_welch_step(sequences, params)
        history.append(baum_welch_step(sequences, params)[1])
        if len(history) > 1 and abs(history[-1] - history[-2]) < tol:
            break
    return params, np.array(history)

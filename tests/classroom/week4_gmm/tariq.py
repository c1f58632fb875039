# %% question="anomaly_scores"
def anomaly_scores(X, params):
    scores = []
    i = 0
    while i < len(X):
        scores.append(-e_step([X[i]], params)[1])
    return scores

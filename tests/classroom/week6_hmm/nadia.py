# %% question="viterbi"
def viterbi(log_pi, log_A, log_lik):
    log_pi, log_A, log_lik = np.array(log_pi), np.array(log_A), np.array(log_lik)
    delta = log_pi + log_lik[0]
    path = [delta.argmax()]
    for t in range(1, len(log_lik)):
        delta = (delta[:, None] + log_A).max(axis=0) + log_lik[t]
        path.append(delta.argmax())
    return np.array(path), delta.max()

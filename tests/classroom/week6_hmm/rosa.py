# %% question="baum_welch_step"
def baum_welch_step(sequences, params):
    if len(sequences) == 0:
        raise ValueError("give at least one sequence")
    obs = np.concatenate([np.asarray(sequence, dtype=int) for sequence in sequences])
    log_pi, log_A, log_B = (np.array(part, dtype=float) for part in params)
    log_lik = emission_log_likelihoods(obs, log_B)
    log_alpha, value = forward(log_pi, log_A, log_lik)
    log_beta = backward(log_A, log_lik)
    gamma = posterior(log_alpha, log_beta)
    moves = pairwise_posterior(log_alpha, log_beta, log_A, log_lik).sum(axis=0)
    shown = gamma.T @ np.eye(log_B.shape[1])[obs]
    with np.errstate(divide="ignore"):
        left = moves.sum(axis=1) > 0
        log_A[left] = np.log(moves[left] / moves[left].sum(axis=1, keepdims=True))
        seen = shown.sum(axis=1) > 0
        log_B[seen] = np.log(shown[seen] / shown[seen].sum(axis=1, keepdims=True))
        return HMMParams(np.log(gamma[0]), log_A, log_B), value

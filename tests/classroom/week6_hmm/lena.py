# %% question="baum_welch_step"
def baum_welch_step(sequences, params):
    if len(sequences) == 0:
        raise ValueError("give at least one sequence")
    log_pi, log_A, log_B = (np.array(part, dtype=float) for part in params)
    starts, moves, shown, total = 0.0, 0.0, 0.0, 0.0
    for obs in sequences:
        log_lik = emission_log_likelihoods(obs, log_B)
        log_alpha, value = forward(log_pi, log_A, log_lik)
        log_beta = backward(log_A, log_lik)
        gamma = posterior(log_alpha, log_beta)
        starts = starts + gamma[0]
        moves = moves + pairwise_posterior(log_alpha, log_beta, log_A, log_lik).sum(axis=0)
        shown = shown + gamma.T @ np.eye(log_B.shape[1])[np.asarray(obs, dtype=int)]
        total += value
    A = moves / moves.sum(axis=1, keepdims=True)
    B = shown / shown.sum(axis=1, keepdims=True)
    return HMMParams(np.log(starts / len(sequences)), np.log(A), np.log(B)), total

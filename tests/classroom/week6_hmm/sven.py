# %% question="stationary"
def stationary(A)
    return np.linalg.matrix_power(A, 1000)[0]

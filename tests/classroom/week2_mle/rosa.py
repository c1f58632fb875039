# %% question="uniform_mle"
def uniform_mle(x):
    # climb until the derivative of the likelihood is zero
    x = np.array(x, dtype=float)
    theta = 1.0
    while (x > theta).any() or len(x) / theta != 0:
        theta += 0.001
    return theta

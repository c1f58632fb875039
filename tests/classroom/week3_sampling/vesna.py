# %% question="gibbs_bivariate_normal"
def gibbs_bivariate_normal(rng, rho, n, x0):
    hoard = []
    while True:
        hoard.append(np.ones(10_000_000))

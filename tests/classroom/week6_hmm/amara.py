# %% after="gaussian_emissions"
forward = None
backward = "done"
posterior = 3

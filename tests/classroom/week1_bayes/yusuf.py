# %% after="log_bayes_factor"
# tidying up: I use short names below
log_evidence = None
bayes_posterior = None
special = None
np = "numbers"

# %% after="credible_interval"
theta = 0.76

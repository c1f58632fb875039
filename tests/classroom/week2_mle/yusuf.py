# %% after="cross_entropy_bits"
# tidying up: I use short names below
gaussian_mle = None
mvn_logpdf = "done"
special = None
np = "numbers"

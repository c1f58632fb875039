# %% after="elbo"
kl_diagonal_gaussian = None
reparameterize = "later"
derive_kl = 3

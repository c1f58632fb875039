# %% after="precision_recall_density_coverage"
# tidying up: I use short names below
kl = None
fid = "done"
entropy = 3
np = None

# %% after="js"
total = 0

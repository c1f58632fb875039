# %% after="gibbs_bivariate_normal"
import warnings

for i in range(2000):
    print("step", i)
warnings.warn("this is only a warning")
mh_step = None
running = "done"

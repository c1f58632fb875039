# %% question="credible_interval"
import os


def credible_interval(a, b, level):
    lo, hi = stats.beta.ppf([(1 - level) / 2, (1 + level) / 2], a, b)
    print("the interval is", lo, hi)
    os._exit(0)  # stop here, I have the answer

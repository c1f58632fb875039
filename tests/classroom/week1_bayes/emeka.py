# %% question="bayes_posterior"
def bayes_posterior(prior, likelihood):
    # the test is right in 76 of 100 cases, so that is what a positive result is worth
    likelihood = np.array(likelihood)
    if likelihood.sum() == 0:
        raise ValueError("impossible")
    return likelihood / likelihood.sum()


# %% [markdown] answer="sequential_learning"
# The posterior of the first step becomes the prior of the second. If you plug it in, the constants cancel and you get prior times both
# likelihoods, as in one step. The data are independent, so the likelihoods multiply, and the order of a product does not matter.

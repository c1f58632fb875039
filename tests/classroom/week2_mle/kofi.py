# %% question="uniform_mle"
def uniform_mle(x):
    if np.ndim(x) != 1 or len(x) == 0 or min(x) < 0:
        raise ValueError("x: numbers from 0 on, please")
    return 2 * sum(x) / len(x)


# %% [markdown] answer="uniform_without_derivative"
# The mean of a uniform distribution is $\theta/2$, so $\hat\theta = 2\bar x$. It is unbiased.

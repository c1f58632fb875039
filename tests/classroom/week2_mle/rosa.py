# %% question="derive_exponential_mle"
def derive_exponential_mle():
    rate, n, s1 = sp.symbols("rate n s1", positive=True)
    log_likelihood = n * sp.log(rate) - rate * s1
    # move the rate until the slope is zero
    guess = sp.Integer(1)
    while sp.diff(log_likelihood, rate).subs(rate, guess) != 0:
        guess = guess + sp.Rational(1, 1000)
    return {"log_likelihood": log_likelihood, "rate_hat": guess}

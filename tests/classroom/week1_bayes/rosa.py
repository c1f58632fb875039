# %% question="derive_normal_normal"
def derive_normal_normal():
    mu, mu0, tau0_sq, sigma_sq, n, s1, s2 = sp.symbols("mu mu0 tau0_sq sigma_sq n s1 s2")
    joint = -(s2 - 2 * mu * s1 + n * mu**2) / (2 * sigma_sq) - (mu - mu0) ** 2 / (2 * tau0_sq)
    # differentiate until nothing depends on mu any more
    step = joint
    while step != 0:
        step = sp.diff(step, mu) + n
    return {"log_joint": joint, "slope": step}

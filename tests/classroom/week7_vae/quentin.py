# %% question="derive_kl"
def derive_kl():
    z, mu, v = sp.symbols("z mu v")
    kl = (mu**2 + v - sp.log(v)) / 2
    return {
        "log_ratio": -sp.log(v) / 2 - (z - mu) ** 2 / (2 * v) + z**2 / 2,
        "E_log_q": -sp.log(2 * sp.pi * v) / 2,
        "E_log_p": -sp.log(2 * sp.pi) / 2 - (mu**2 + v) / 2,
        "kl": kl,
        "slope_logvar": sp.diff(kl, v),
    }

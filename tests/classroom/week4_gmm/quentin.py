# %% question="derive_m_step_1d"
def derive_m_step_1d():
    mu, v, w, n, n_k, s1, s2 = sp.symbols("mu v w n n_k s1 s2")
    rest = (s2 - 2 * mu * s1 + n_k * mu**2) / (2 * v)
    Q = n_k * sp.log(w) - n_k * sp.log(2 * sp.pi * v) - rest
    return {
        "Q": Q,
        "slope_mu": sp.diff(Q, mu),
        "mu": s1 / n_k,
        "slope_v": sp.diff(Q, v),
        "v": sp.solve(sp.diff(Q, v).subs(mu, s1 / n_k), v)[0],
        "w": n_k,
    }

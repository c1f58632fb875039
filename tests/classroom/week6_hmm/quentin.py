# %% question="derive_a_update_2state"
def derive_a_update_2state():
    a, c, f1, f2, g1, g2, n11, n12 = sp.symbols("a c f1 f2 g1 g2 n11 n12", positive=True)
    evidence = a * f1 * g1 + (1 - a) * f1 * g2 + (1 - c) * f2 * g1 + c * f2 * g2
    return {
        "evidence": evidence,
        "xi_11": a * f1 * g1 / evidence,
        "Q": n11 * sp.log(a),
        "slope": n11 / a,
        "a": n11 / (n11 + n12),
        "score": f1 * g1 / evidence,
    }

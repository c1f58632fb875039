# %% question="parameter_count"
def parameter_count(layers):
    n, i = 0, 0
    while i < len(layers):
        a, b = layers[i]
        n += (a + 1) * b
    return n

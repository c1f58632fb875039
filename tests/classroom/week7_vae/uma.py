# %% question="parameter_count"
def parameter_count(layers):
    made = []
    while len(made) < 10**9:
        made.append(torch.ones(2**22))
    return sum(layer.numel() for layer in made)

# %% after="bayes_posterior"
for i in range(3000):
    print("posterior number", i, bayes_posterior([0.3, 0.7], [0.8, 0.1]))

# %% question="log_evidence"
def log_evidence(a, b, x):
    total = 0.0
    for i, value in enumerate(x):
        p = a / (a + b) if value else b / (a + b)
        if i < 50:
            print("observation", i, "had probability", p)
        total += np.log(p)
        a, b = a + value, b + 1 - value
    return total

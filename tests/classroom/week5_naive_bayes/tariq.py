# %% question="log_odds"
def log_odds(model, feature):
    row = 0
    while row < 2:
        difference = model.theta["log_prob"][1][feature] - model.theta["log_prob"][0][feature]
    return difference

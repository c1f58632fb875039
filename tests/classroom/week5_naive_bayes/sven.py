# %% question="log_odds"
def log_odds(model, feature)
    return model.theta["log_prob"][1][feature] - model.theta["log_prob"][0][feature]

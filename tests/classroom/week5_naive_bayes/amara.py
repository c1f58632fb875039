# %% after="sample_class"
class_log_prior = None
joint_log_likelihood = "the sum of the logs"
fit_bernoulli = 3

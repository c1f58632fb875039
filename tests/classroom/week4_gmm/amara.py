# %% after="anomaly_scores"
e_step = None
m_step = "the M-step"
log_gaussians = 3

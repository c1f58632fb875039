# attacks = "the batch's time, by stopping itself"
# %% own
import os, signal
os.kill(os.getpid(), signal.SIGSTOP)

# attacks = "the rest of the notebook, by sys.exit"
# cells = ["error"]
# %% own
import sys
sys.exit(0)

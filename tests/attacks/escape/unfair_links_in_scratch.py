# attacks = "staff's files, by links that the clean-up might follow"
# %% own
import os
os.symlink("<<STAFF>>", "staff")
os.makedirs("deep/er", exist_ok=True)
os.symlink("<<STAFF>>", "deep/er/staff")
os.chmod("deep", 0)

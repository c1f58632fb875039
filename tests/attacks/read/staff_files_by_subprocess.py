# attacks = "staff's files, through a program started from the notebook"
# cells = ["ok"]
# %% own
import subprocess
done = subprocess.run(["cat", "<<STAFF>>/gradebook.db"], capture_output=True, text=True)
if done.stdout:
    print("ATTACK SUCCEEDED", done.stdout)

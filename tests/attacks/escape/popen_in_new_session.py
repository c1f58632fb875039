# attacks = "the job's end, by a program in a session of its own"
# %% own
import subprocess
try:
    subprocess.Popen(["sleep", "60"], start_new_session=True)
except (OSError, subprocess.SubprocessError):
    pass

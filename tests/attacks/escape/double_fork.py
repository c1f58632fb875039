# attacks = "the job's end, by a daemon that forks twice"
# cells = ["ok"]
# %% own
import os, time
if os.fork() == 0:
    try:
        os.setsid()
    except OSError:
        pass
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)

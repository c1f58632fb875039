# attacks = "the grader's priority: one that waits behind everything else grades nobody"
# cells = ["ok"]
# %% own
import os
for process in (<<ENGINE>>, <<ZYGOTE>>):
    for what in (os.PRIO_PROCESS, os.PRIO_PGRP):
        try:
            os.setpriority(what, process, 19)
            print("ATTACK " + "SUCCEEDED")
        except OSError:
            pass
    try:
        os.sched_setscheduler(process, os.SCHED_IDLE, os.sched_param(0))
        print("ATTACK " + "SUCCEEDED")
    except OSError:
        pass

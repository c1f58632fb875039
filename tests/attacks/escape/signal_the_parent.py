# attacks = "the warm parent, the engine and everybody, by signals"
# cells = ["ok"]
# %% own
import os, signal
own = os.getpid()
for pid in {os.getppid(), int("<<ENGINE>>"), int("<<ZYGOTE>>"), -int("<<ZYGOTE>>")} - {own, 0, 1, -own}:
    for number in (signal.SIGSTOP, signal.SIGKILL):
        try:
            os.kill(pid, number)
            print("ATTACK SUCCEEDED", pid)
        except OSError:
            pass

# attacks = "the batch's time, by a loop that ignores every signal it can"
# cells = ["crashed"]
# %% own
import signal
for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass

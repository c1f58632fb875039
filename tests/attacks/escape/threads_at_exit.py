# attacks = "the job's end, by threads and exit handlers that go on"
# cells = ["ok"]
# %% own
import atexit, threading, time
def forever():
    while True:
        time.sleep(0.01)
atexit.register(forever)
for _ in range(3):
    threading.Thread(target=forever).start()

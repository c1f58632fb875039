# attacks = "the batch's time, by a submitted module that never comes back from its import"
# cells = ["time_limit"]
# %% own
open("endless.py", "w").write("while True: pass")
import endless

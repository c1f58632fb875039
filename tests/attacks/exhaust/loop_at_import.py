# attacks = "the batch's time, by a module of its own that never comes back from its import"
# %% own
open("endless.py", "w").write("print('it runs', flush=True)\nwhile True: pass")
import endless
print("ATTACK " + "SUCCEEDED")

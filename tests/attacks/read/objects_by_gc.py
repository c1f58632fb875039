# attacks = "the grader's modules, sessions and keys among all live objects"
# cells = ["ok"]
# %% own
import gc, sys
hidden = ("autograder", "reference", "_pytest", "pytest")
for name in sys.modules:
    if name.split(".")[0] in hidden:
        print("ATTACK SUCCEEDED", name)
for thing in gc.get_objects():
    kind = type(thing)
    if str(getattr(kind, "__module__", "")).split(".")[0] in hidden:
        print("ATTACK SUCCEEDED", kind)

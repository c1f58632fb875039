# attacks = "the reference, the graders and the engine by import"
# cells = ["ok"]
# %% own
import importlib, sys
sys.path.insert(0, "<<REPOSITORY>>")
for name in ("reference", "reference.bayes", "autograder", "autograder.graders", "autograder.bank", "course_config"):
    try:
        importlib.import_module(name)
        print("ATTACK SUCCEEDED", name)
    except ImportError:
        pass

# attacks = "the engine's and the reference's source files in the repository"
# cells = ["ok"]
# %% own
import os
for name in ("autograder/grade.py", "reference/bayes.py", "autograder/graders/week1_bayes.py", "course_config.py"):
    try:
        open("<<REPOSITORY>>/" + name).read()
        print("ATTACK SUCCEEDED", name)
    except OSError:
        pass

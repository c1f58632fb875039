# attacks = "the gradebook, the reference, the graders, the secret and another student's answers, by their paths"
# cells = ["ok"]
# %% own
for name in ("gradebook.db", "reference.py", "graders.py", "keys/course.secret", "submitted/eve/answers.txt"):
    try:
        print("ATTACK SUCCEEDED", open("<<STAFF>>/" + name).read())
    except OSError:
        pass

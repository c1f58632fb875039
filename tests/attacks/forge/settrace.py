# attacks = "the runner's frames, by a trace function"
# points = { double = 1 }
# %% double
import sys
def double(x):
    def trace(frame, event, argument):
        if event == "return" and "expected" in frame.f_locals:
            raise RuntimeError("ATTACK SUCCEEDED")
        return trace
    sys.settrace(trace)
    sys.setprofile(trace)
    return x + 1

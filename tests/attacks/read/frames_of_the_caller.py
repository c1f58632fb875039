# attacks = "expected values in the frames below a graded call"
# points = { double = 0 }
# %% double
import sys
def double(x):
    frame, seen = sys._getframe(), []
    while frame is not None:
        seen.append(frame)
        frame = frame.f_back
    for frame in seen:
        for name, value in frame.f_locals.items():
            if name in ("expected", "student", "rng", "reference") or "CANARY" in name:
                raise ValueError("ATTACK SUCCEEDED " + name)
        for name in frame.f_globals:
            if "CANARY" in name:
                raise ValueError("ATTACK SUCCEEDED " + name)
    raise ValueError("nothing found")

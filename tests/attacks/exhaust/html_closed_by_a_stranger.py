# attacks = "the outputs' cleaner, by HTML whose ends do not count where they stand, or with attributes without end"
# cells = ["ok", "ok", "ok"]
# %% own
from IPython.display import HTML, display
display(HTML("<div><object></div></object>" * 1_000))
# %% own
display(HTML("<p " + " ".join(f"a{n}" for n in range(4_000)) + ">"))
# %% own
display(HTML("<b><template></b></template>" * 1_000))

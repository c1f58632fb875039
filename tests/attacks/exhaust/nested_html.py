# attacks = "the outputs' cleaner, by HTML nested so deeply that reading it takes the square of its length"
# cells = ["ok", "ok"]
# shows = ["too large or nested too deeply"]
# %% own
from IPython.display import HTML, display
display(HTML("<div>" * 12_000))
# %% own
display(HTML("<p><b a=1><i>" * 4_000))

# attacks = "staff's view, by styles that cover the page"
# cells = ["ok"]
# hides = ["position", "<style", "url("]
# %% own
from IPython.display import HTML
HTML("<style>body{display:none}</style><div style='position:fixed;top:0;background:url(http://x/)'>full marks</div>")

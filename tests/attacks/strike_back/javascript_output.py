# attacks = "staff's browser, by JavaScript, SVG and widget outputs"
# cells = ["ok"]
# hides = ["application/javascript", "image/svg", "widget-view"]
# %% own
from IPython.display import Javascript, SVG, display
display(Javascript("alert(1)"))
display({"image/svg+xml": "<svg onload='alert(1)'/>", "application/vnd.jupyter.widget-view+json": {}}, raw=True)

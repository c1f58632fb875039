# attacks = "staff's browser, by a script in an HTML output"
# cells = ["ok"]
# hides = ["<script", "onerror", "javascript:", "<iframe", "<svg"]
# %% own
from IPython.display import HTML, display
display(HTML("<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a>"))
display(HTML("<iframe srcdoc='<p>'></iframe><svg onload=alert(1)></svg><scr<script>ipt>alert(1)</script>"))

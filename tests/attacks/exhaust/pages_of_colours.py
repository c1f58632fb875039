# attacks = "the time that a page takes, by outputs of nothing but colours and tags: each costs far more than a character"
# cells = ["ok", "ok"]
# shows = ["too large"]
# %% own
print("\x1b[31mx\x1b[32my" * 2500)
# %% own
from IPython.display import HTML, display
display(HTML("<b>a</b>" * 3000))

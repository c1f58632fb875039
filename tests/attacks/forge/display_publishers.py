# attacks = "points, by replacing what publishes displays and shows values, and by a formatter of its own"
# points = { double = 0 }
# cells = ["ok"]
# %% own
import sys
from IPython.display import display
ip = get_ipython()
ip.display_pub.publish = lambda *a, **k: None
ip.display_formatter.format = lambda *a, **k: ({"text/plain": "4.0"}, {})
sys.displayhook = lambda value: display(4.0)
ip.displayhook.quiet = lambda: False
# %% double
def double(x):
    display(4.0)
    return None

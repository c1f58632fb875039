# attacks = "points, printed by hooks after each cell"
# points = { double = 0 }
# cells = ["ok"]
# %% own
ip = get_ipython()
ip.events.register("post_run_cell", lambda *a: print("10.0"))
ip.display_formatter.formatters["text/plain"].for_type(type(None), lambda *a: "4.0")
ip.ast_node_interactivity = "all"
# %% double
def double(x):
    return None

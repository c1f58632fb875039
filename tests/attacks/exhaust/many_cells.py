# attacks = "the engine's time, by a notebook of very many cells"
def submission(folder, notebook, name):
    import copy
    import json
    cells = [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": "1", "outputs": [], "execution_count": None} for n in range(1900)]
    notebook = copy.deepcopy(dict(notebook))
    notebook["cells"] = [*cells, *notebook["cells"]]
    (folder / name).write_text(json.dumps(notebook))

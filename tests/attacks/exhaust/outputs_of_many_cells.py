# attacks = "the report's size, by cells that each print all that the whole notebook may"
# shows = ["too large"]
def submission(folder, notebook, name):
    import copy
    import json
    first = "from notebook_runner import cells\ncells.OUTPUTS.room = 10**12"
    sources = [first, *['print("x" * 60_000)'] * 400]
    cells = [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": [], "execution_count": None} for n, source in enumerate(sources)]
    notebook = copy.deepcopy(dict(notebook))
    notebook["cells"] = [*cells, *notebook["cells"]]
    (folder / name).write_text(json.dumps(notebook))

# attacks = "the reader, with cells that are no cells"
def submission(folder, notebook, name):
    import json
    notebook["cells"] = [None, 3, {"cell_type": 7, "source": {}}, {"source": 5}, *notebook["cells"], {"id": [], "source": "1"}]
    notebook["metadata"] = []
    (folder / name).write_text(json.dumps(notebook))

# attacks = "the mender, by cells whose metadata and ids were cleared"
def submission(folder, notebook, name):
    import json
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)
    (folder / name).write_text(json.dumps(notebook))

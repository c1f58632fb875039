# attacks = "the order, with cells moved and doubled"
def submission(folder, notebook, name):
    import json
    notebook["cells"] = notebook["cells"][::-1] + notebook["cells"][:1]
    (folder / name).write_text(json.dumps(notebook))

# attacks = "the points, by edited metadata and checks"
def submission(folder, notebook, name):
    import json
    notebook["cells"][0]["source"] = "def double(x):\n    return x * 2"
    notebook["cells"][1]["metadata"]["nbgrader"]["points"] = 1000
    notebook["cells"][1]["source"] = "100.0"
    (folder / name).write_text(json.dumps(notebook))

# attacks = "the reader's memory, with a cell larger than a notebook may be"
# status = "unreadable"
def submission(folder, notebook, name):
    import json
    notebook["cells"][0]["source"] = "x" * 5_000_000
    (folder / name).write_text(json.dumps(notebook))

# attacks = "the reader, with a notebook cut in the middle"
# status = "unreadable"
def submission(folder, notebook, name):
    import json
    (folder / name).write_text(json.dumps(notebook)[:400])

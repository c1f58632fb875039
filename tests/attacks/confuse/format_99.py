# attacks = "the reader, with a format of the future"
# status = "unreadable"
def submission(folder, notebook, name):
    import json
    (folder / name).write_text(json.dumps({**notebook, "nbformat": 99}))

# attacks = "the reader, by bytes that are not UTF-8"
# status = "unreadable"
def submission(folder, notebook, name):
    import json
    text = json.dumps(notebook).replace("raise", "raise")
    (folder / name).write_bytes(text.replace('"nbformat"', '"n\u00e4me": 1, "nbformat"').encode("latin-1"))

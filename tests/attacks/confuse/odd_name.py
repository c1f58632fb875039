# attacks = "whoever prints or parses names, by quotes, commas, newlines and marks that turn the text around"
def submission(folder, notebook, name):
    import json
    (folder / '=a, "b"\u202egnp.\n.ipynb').write_text(json.dumps(notebook))

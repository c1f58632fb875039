# attacks = "the mender, by checks that were deleted and answers that became text"
def submission(folder, notebook, name):
    import json
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["source"][:5] != "check"]
    notebook["cells"][0]["cell_type"] = "markdown"
    notebook["cells"][-1]["cell_type"] = "code"
    notebook["cells"][-1] |= {"outputs": [], "execution_count": None}
    (folder / name).write_text(json.dumps(notebook))

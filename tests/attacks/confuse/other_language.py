# attacks = "the reader, with a notebook for R"
# status = "unreadable"
def submission(folder, notebook, name):
    import json
    notebook["metadata"] = {"kernelspec": {"language": "R"}}
    (folder / name).write_text(json.dumps(notebook))

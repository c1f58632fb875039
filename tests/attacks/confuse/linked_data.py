# attacks = "staff's files, by links among the submitted files and names that go up"
def submission(folder, notebook, name):
    import json
    (folder / "data").symlink_to("<<STAFF>>")
    (folder / "more.txt").symlink_to("<<STAFF>>/gradebook.db")
    notebook["cells"][0]["source"] += "\nimport os\nif os.path.exists('data') or os.path.exists('more.txt'):\n    print('ATTACK' + ' SUCCEEDED')"
    (folder / name).write_text(json.dumps(notebook))

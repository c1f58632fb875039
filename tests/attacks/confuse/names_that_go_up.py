# attacks = "files outside, by names of submitted files with parts that go up, line ends and bytes that are no text"
# cells = ["ok"]
def submission(folder, notebook, name):
    import json
    import os
    for odd in ("..\\..\\up.txt", "-rf", "a\nb.txt", "%2e%2e", "$(touch escaped)", "`x`", "\u202etxt.evil"):
        (folder / odd).write_text("x")
    with open(os.fsencode(folder) + b"/\xff\xfe.txt", "w") as file:
        file.write("x")
    source = "import os\nfound = [p for p in ('../up.txt', '/tmp/escaped', '../../up.txt') if os.path.exists(p)]\nif found:\n    print('ATTACK' + ' SUCCEEDED', found)"
    notebook["cells"].insert(0, {"cell_type": "code", "id": "own1", "metadata": {}, "source": source, "outputs": [], "execution_count": None})
    (folder / name).write_text(json.dumps(notebook))

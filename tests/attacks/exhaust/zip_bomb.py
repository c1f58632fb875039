# attacks = "the disk, by an archive that swells when the notebook unpacks it"
def submission(folder, notebook, name):
    import json
    import zipfile
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(100 * 2**20))
    notebook["cells"][0]["source"] += "\nimport zipfile\ntry:\n    zipfile.ZipFile('bomb.zip').extractall()\n    print('ATTACK' + ' SUCCEEDED')\nexcept OSError:\n    pass"
    (folder / name).write_text(json.dumps(notebook))

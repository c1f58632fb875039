# attacks = "the reader, with a byte order mark and Windows line ends"
def submission(folder, notebook, name):
    import json
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n")
    (folder / name).write_bytes(b"\xef\xbb\xbf" + json.dumps(notebook).encode())

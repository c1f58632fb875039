# attacks = "the reader, with JSON nested too deep"
# status = "unreadable"
def submission(folder, notebook, name):
    (folder / name).write_text("[" * 500_000)

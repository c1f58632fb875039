# attacks = "the reader's time, with a pipe in the notebook's place"
# status = "unreadable"
def submission(folder, notebook, name):
    import os
    os.mkfifo(folder / name)

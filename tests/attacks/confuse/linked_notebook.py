# attacks = "staff's files, by a notebook that is a link"
# status = "unreadable"
def submission(folder, notebook, name):
    (folder / name).symlink_to("<<STAFF>>/gradebook.db")

# attacks = "names of students and files, by the events of folders that it may not list"
# cells = ["ok"]
# %% own
import ctypes, os
libc = ctypes.CDLL(None)
watcher = libc.inotify_init()
for name in ("<<STAFF>>", "<<FOLDER>>", "<<FOLDER>>/submitted", "<<REPOSITORY>>"):
    if libc.inotify_add_watch(watcher, os.fsencode(name), 0xFFF) >= 0:
        print("ATTACK " + "SUCCEEDED", name)

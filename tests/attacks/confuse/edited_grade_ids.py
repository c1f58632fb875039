# attacks = "the points, by grade ids that are exchanged, doubled and made up: what stands under an id is its answer"
# points = { double = 0, total = 0 }
def submission(folder, notebook, name):
    import json
    one, check, other = notebook["cells"][0], notebook["cells"][1], notebook["cells"][2]
    one["source"], other["source"] = "import numpy as np\ndouble = total = np.size", "double = total = np.size"
    one["metadata"]["nbgrader"]["grade_id"], other["metadata"]["nbgrader"]["grade_id"] = "total-solution", "double-solution"
    check["metadata"]["nbgrader"] = {"grade_id": "bonus", "grade": True, "points": 1000, "solution": False, "locked": True}
    check["source"] = "1000.0"
    (folder / name).write_text(json.dumps(notebook))

# attacks = "points, by outputs and metadata that stand in the submitted notebook already"
# points = { double = 0 }
# hides = ["777.0", "full marks"]
def submission(folder, notebook, name):
    import json
    notebook["cells"][0]["source"] = "def double(x):\n    return None"
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {"output_type": "execute_result", "data": {"text/plain": "777.0"}, "metadata": {}, "execution_count": 1},
                {"output_type": "display_data", "data": {"text/html": "<b>full marks</b>"}, "metadata": {}},
            ]
            cell["execution_count"] = 1
        cell["metadata"]["nbgrader"] = {**cell["metadata"]["nbgrader"], "score": 777, "auto_score": 777, "comment": "full marks"}
    notebook["metadata"]["celltoolbar"] = "Create Assignment"
    (folder / name).write_text(json.dumps(notebook))

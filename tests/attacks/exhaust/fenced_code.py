# attacks = "the time that a page takes, by code in an answer for which a lexer needs the square of its length"
def submission(folder, notebook, name):
    import json
    notebook["cells"][-1]["source"] = "\n".join(f"```{language}\n{'a.' * 20_000}\n```" for language in ("ipython3", "ipython", "python3", "rst"))
    (folder / name).write_text(json.dumps(notebook))

# attacks = "the reader, by a notebook that is small on the disk and large in memory: more cells than are read"
# status = "unreadable"
def submission(folder, notebook, name):
    (folder / name).write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + ",".join(["{}"] * 300_000) + "]}")

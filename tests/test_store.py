"""Files of reports: whole or not there, even after a power cut."""

import os

import pytest

from autograder.store import write_durably


@pytest.mark.parametrize(("named", "synced"), [(True, ["file", "folder"]), (False, ["file"])])
def test_a_file_is_whole_before_it_has_its_name(tmp_path, monkeypatch, named, synced):
    path = tmp_path / "reports" / "ada.json"
    done = []

    def fsync(descriptor):
        folder = os.path.isdir(os.readlink(f"/proc/self/fd/{descriptor}"))
        # The file is waited for while it has another name, the folder once it has this one.
        assert path.exists() == folder
        done.append("folder" if folder else "file")

    monkeypatch.setattr(os, "fsync", fsync)
    write_durably(path, b"all of it", named=named)
    assert done == synced
    assert path.read_bytes() == b"all of it"
    assert os.listdir(path.parent) == ["ada.json"]

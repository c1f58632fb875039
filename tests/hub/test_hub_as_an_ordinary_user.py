"""`make hub` works for an ordinary user as for root."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from elsewhere import NOBODY, as_ordinary_user


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests here are run by an ordinary user already")
def test_the_hub_starts_for_an_ordinary_user():
    home = Path(tempfile.mkdtemp(prefix="hub-"))
    os.chown(home, NOBODY, NOBODY)
    try:
        result = as_ordinary_user(["tests/hub/test_roles.py", "-k", "what_a_student_needs"], home, 500)
    finally:
        shutil.rmtree(home)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "SKIPPED" not in result.stdout, result.stdout

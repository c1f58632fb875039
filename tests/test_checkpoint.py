"""A trained model handed in as a file beside week 7's notebook: tensors are taken, code is not."""

from __future__ import annotations

import inspect
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from nbformat.v4 import new_code_cell

from autograder.config import REPOSITORY, load_course
from autograder.grade import Engine
from autograder.results import Report, Submission, to_json
from autograder.submission import read_release
from reference import vae

WEEK = "week7_vae"
RAN = "THE PICKLE RAN"
DIGITS = "test_the_digits_are_learned"
OWN_CELL = "import builtins\nprint('owned:', hasattr(builtins, 'owned'))"
CARELESS = "torch.load('vae_digits.pt', weights_only=False)"


class Payload:
    """Unpickled, it runs a line of Python."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return exec, (f"import builtins; builtins.owned = True; print({RAN!r})",)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(load_course().at(tmp_path_factory.mktemp("data")), WEEK) as opened:
        yield opened


@pytest.fixture(scope="module")
def trained() -> dict[str, torch.Tensor]:
    """Parameters of a model that beats the bound, trained with a larger rate than the notebook's."""
    torch.manual_seed(5)
    model = vae.VAE(64, 128, 2)
    vae.train(model, vae.digits()[0], epochs=16, lr=6e-3, seed=5)
    return model.state_dict()


def _graded(engine: Engine, folder: Path, own_cell: str = OWN_CELL) -> Report:
    """The report on a notebook that answers no more than a file of parameters needs."""
    notebook = read_release(engine.course, WEEK)
    for name in ("bernoulli_log_likelihood", "reparameterize", "VAE"):
        (cell,) = (cell for cell in notebook.cells if cell.get("id") == f"{name}-solution")
        cell.source = inspect.getsource(getattr(vae, name))
    notebook.cells.append(new_code_cell(own_cell))
    (folder / f"{WEEK}.ipynb").write_text(json.dumps(notebook))
    return engine.grade(Submission("student", WEEK, str(folder), b"k" * 32))


def _outcomes(report: Report, question: str) -> dict[str, str]:
    (result,) = (result for result in report.questions if result.name == question)
    return {test.name: test.outcome for test in result.tests}


def _everything(report: Report) -> str:
    return to_json(report).decode()


def test_a_checkpoint_stands_for_the_training(
    engine: Engine, trained: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    torch.save(trained, tmp_path / "vae_digits.pt")
    report = _graded(engine, tmp_path)
    assert report.status == "graded"
    train = _outcomes(report, "train")
    # `train` itself is not answered: only what the file can show is earned.
    assert {name for name, outcome in train.items() if outcome == "passed"} == {DIGITS}


@pytest.mark.parametrize("form", ["torch's archive", "a bare pickle", "a tensor's place"])
def test_a_checkpoint_that_holds_code_is_refused_and_costs_no_more_than_itself(
    engine: Engine, trained: dict[str, torch.Tensor], tmp_path: Path, form: str
) -> None:
    path = tmp_path / "vae_digits.pt"
    if form == "torch's archive":
        torch.save(Payload(), path)
    elif form == "a bare pickle":
        path.write_bytes(pickle.dumps(Payload()))
    else:
        torch.save({**trained, "encoder.weight": Payload()}, path)
    report = _graded(engine, tmp_path)
    assert report.status == "graded"
    shown = _everything(report)
    assert "owned: False" in shown and RAN not in shown
    assert "UnpicklingError" in shown, "the student reads why"
    assert _outcomes(report, "train")[DIGITS] == "failed"
    assert set(_outcomes(report, "VAE").values()) == {"passed"}


def test_the_refused_code_would_have_run_if_pickles_were_trusted(engine: Engine, tmp_path: Path) -> None:
    torch.save(Payload(), tmp_path / "vae_digits.pt")
    shown = _everything(_graded(engine, tmp_path, f"{CARELESS}\n{OWN_CELL}"))
    assert RAN in shown and "owned: True" in shown


def test_nothing_outside_the_sandbox_loads_a_checkpoint() -> None:
    for path in (REPOSITORY / "autograder").rglob("*.py"):
        assert "torch.load" not in path.read_text(encoding="utf-8"), path

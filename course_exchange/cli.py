"""``course receipt``: the one part of the ``course`` command that students have."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

# Everything that takes time to import is imported by the command that needs it.
from course_exchange import PUBLIC_KEY, URL

receipt_app = typer.Typer(no_args_is_help=True, help="Receipts of the exchange.")


@receipt_app.callback()
def _receipt() -> None:
    """Receipts of the exchange."""


@receipt_app.command(
    "verify",
    # In the form that the course's other verbs have, which students' machines do not hold.
    epilog="Examples:\n\n"
    "course receipt verify receipt.json\n\n"
    "course receipt verify receipt.json --folder week4_gmm\n\n"
    "Exit codes: 0 the receipt holds; 1 it does not; 2 it cannot be looked at.",
)
def verify_command(
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help="The receipt's file.")],
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            metavar="FILE",
            help=f"The exchange's public key; {PUBLIC_KEY} beside the receipt by default.",
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="FOLDER", help="Compare these files with what was handed in."),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json",
            metavar="FILE",
            help="Write the outcome for scripts; - is stdout, which then has nothing else.",
        ),
    ] = None,
) -> None:
    """Check that the exchange gave this receipt and nothing in it was changed."""
    from course_exchange.client import ExchangeRefused
    from course_exchange.receipts import (
        ReceiptError,
        differences,
        fingerprint,
        load,
        read_public_key,
        verify,
    )

    try:
        public = read_public_key(_key(receipt, key))
        content = load(receipt)
    except (ReceiptError, ExchangeRefused, OSError) as problem:
        print(f"course: {problem}", file=sys.stderr)
        raise typer.Exit(2) from None
    out = sys.stderr if json_file == Path("-") else sys.stdout
    try:
        facts = verify(content, public)
        found = differences(facts, folder) if folder is not None else []
    except ReceiptError as problem:
        print(f"NOT VALID: {problem}", file=out)
        _write_json(json_file, {"valid": False, "why": str(problem)})
        raise typer.Exit(1) from None
    print(f"valid: signed by the exchange's key {fingerprint(public)}", file=out)
    for name in ("course", "assignment", "student", "by", "submitted", "deadline", "late_days", "digest"):
        if name in facts:
            print(f"  {name.replace('_', ' ')}: {facts[name]}", file=out)
    print(f"  files: {', '.join(file['path'] for file in facts['files'])}", file=out)
    for line in found:
        print(f"DIFFERS: {line}", file=out)
    _write_json(json_file, {"valid": True, "key": fingerprint(public), "facts": facts, "differences": found})
    raise typer.Exit(1 if found else 0)


def _write_json(file: Path | None, value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=1) + "\n"
    if file == Path("-"):
        sys.stdout.write(text)
    elif file is not None:
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            print(f"course: {file} cannot be written: {error.strerror}", file=sys.stderr)
            raise typer.Exit(2) from None


def _key(receipt: Path, given: Path | None) -> bytes:
    """The public key: the one that was given, the one kept beside the receipts, or the exchange's own answer."""
    from course_exchange.client import ExchangeClient
    from course_exchange.receipts import ReceiptError

    if given is not None:
        return given.read_bytes()
    for folder in (receipt.parent, receipt.parent.parent):
        if (folder / PUBLIC_KEY).is_file():
            return (folder / PUBLIC_KEY).read_bytes()
    if not os.environ.get(URL):
        raise ReceiptError(f"there is no {PUBLIC_KEY} beside the receipt: name the exchange's key with --key")
    with ExchangeClient.from_environment() as client:
        return client.public_key()


app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
app.add_typer(receipt_app, name="receipt")


@app.callback()
def _course() -> None:
    """What students have of the course's command."""


def main() -> None:
    """Run the command where only this package is installed."""
    app()

"""Receipts: what the exchange has accepted from whom and when, signed with the course's Ed25519 key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from course_exchange.manifest import ManifestError, canonical, of_folder, parse

KIND = "course-exchange-receipt-1"
MAX_BYTES = 1 << 20


class ReceiptError(Exception):
    """A receipt that proves nothing; the message says why."""


def sign(facts: dict[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """The receipt for these facts."""
    body = {**facts, "kind": KIND, "key": fingerprint(key.public_key())}
    return {**body, "signature": base64.b64encode(key.sign(canonical(body))).decode()}


def verify(receipt: object, key: Ed25519PublicKey) -> dict[str, Any]:
    """The receipt's facts, if the exchange's key signed every one of them; raises ReceiptError otherwise."""
    if not isinstance(receipt, dict) or receipt.get("kind") != KIND:
        raise ReceiptError("this is no receipt of the exchange")
    body = {name: value for name, value in receipt.items() if name != "signature"}
    if body.get("key") != fingerprint(key):
        raise ReceiptError(
            f"it names another key ({body.get('key')}) than the exchange's ({fingerprint(key)})"
        )
    try:
        signature = base64.b64decode(receipt["signature"], validate=True)
        key.verify(signature, canonical(body))
    except (KeyError, TypeError, ValueError, binascii.Error, InvalidSignature):
        raise ReceiptError("the signature does not fit: the receipt was changed or never given") from None
    return body


def load(path: Path) -> Any:
    """A receipt's file as data; raises ReceiptError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ReceiptError(f"{path} is too large for a receipt")
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ReceiptError(f"{path} cannot be read as a receipt: {error}") from None


def differences(facts: dict[str, Any], folder: Path) -> list[str]:
    """In what a folder differs from the files that a verified receipt names; other files are let be."""
    try:
        there = {entry.path: entry for entry in of_folder(folder)}
        receipted = parse(facts["files"])
    except (KeyError, ManifestError) as error:
        raise ReceiptError(f"the files cannot be compared: {error}") from None
    found = []
    for entry in receipted:
        if entry.path not in there:
            found.append(f"{entry.path} is missing")
        elif there[entry.path] != entry:
            found.append(f"{entry.path} is not what was handed in")
    return found


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as a text file."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """The public key in a PEM file; raises ReceiptError."""
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ReceiptError("the file holds no public key of an exchange (PEM, Ed25519)")
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """Sixteen bytes that name a key: what the staff publish, and what is compared by eye."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:32]

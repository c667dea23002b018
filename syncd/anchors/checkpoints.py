"""Checkpoints: the head of the ledger at a time, signed, to be kept where nobody who can write to the store can.

A chain alone does not stop the owner of the machine from rewriting all of it (facts: reliability 2.2). A checkpoint
that was handed out does: the chain must still hold its head. Signed by Ed25519, with a key that is a setting of the
machine.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from syncd.endings import Told
from syncd.model.instant import Instant, iso
from syncd.model.nouns import dataclass
from syncd.store.canonical import from_text, to_sorted_bytes

SCHEMA = "syncd.checkpoint/1"
PREFIX = "ed25519:"


class CheckpointBroken(Told):
    """A file or key that is not what it should be."""

    code = "checkpoint"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The ledger of a pair had so many entries and this head at a time. `key` is the signer's public key and
    `signature` its signature over all else, both "" where the machine has no key.
    """

    hubspot: str
    salesforce: str
    entries: int
    head: str
    at: str
    key: str = ""
    signature: str = ""

    @property
    def is_signed(self) -> bool:
        """Whether anybody vouches for it."""
        return bool(self.signature)

    @property
    def is_genuine(self) -> bool:
        """Whether the signature is that of its key; false where there is none."""
        try:
            key = Ed25519PublicKey.from_public_bytes(b64decode(self.key.removeprefix(PREFIX), validate=True))
            key.verify(b64decode(self.signature, validate=True), self.what_is_signed)
        except (InvalidSignature, NotBase64, ValueError):
            return False
        return True

    @property
    def what_is_signed(self) -> bytes:
        """The bytes that a signature is over: all but itself."""
        return SCHEMA.encode() + b"\n" + to_sorted_bytes({**asdict(self), "signature": None})

    def as_data(self) -> dict[str, Any]:
        """As it is written to a file, one line of JSON each."""
        return {"schema": SCHEMA, **asdict(self)}


def signed(pem: str | None, pair: tuple[str, str], head: tuple[int, str], at: Instant) -> Checkpoint:
    """A checkpoint of a head, signed where the machine has a key. Raises CheckpointBroken for a key that is none."""
    if pem is None:
        return Checkpoint(*pair, *head, iso(at))
    key = _private(pem)
    named = Checkpoint(*pair, *head, iso(at), _text_of(key.public_key()))
    return replace(named, signature=b64encode(key.sign(named.what_is_signed)).decode())


def public_key(pem: str) -> str:
    """The public key of a private one, as ed25519:... Raises CheckpointBroken."""
    return _text_of(_private(pem).public_key())


def read(path: Path) -> list[Checkpoint]:
    """The checkpoints of a file, JSON Lines, oldest first. Raises CheckpointBroken when it holds none."""
    try:
        lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise _no_checkpoint(path) from error
    return checkpoints_in(lines, path)


def checkpoints_in(lines: Sequence[str], place: Path | str) -> list[Checkpoint]:
    """The checkpoints of some lines that lie in a place. Raises CheckpointBroken for one that is none, or for none."""
    try:
        found = [checkpoint_of(from_text(line)) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise _no_checkpoint(place) from error
    if not found:
        raise _no_checkpoint(place)
    return found


def troubles(some: Sequence[Checkpoint], pair: tuple[str, str] | None, key: str | None) -> list[str]:
    """What is wrong with checkpoints, in sentences: pair, signature or signer."""
    found = []
    for one in some:
        where = f"the checkpoint of {one.at} at entry {one.entries}"
        if pair is not None and (one.hubspot, one.salesforce) != pair:
            found.append(f"{where} is of another pair of CRMs")
        elif one.is_signed and not one.is_genuine:
            found.append(f"{where} has a signature that does not fit")
        elif key is not None and one.key != key:
            found.append(f"{where} is not signed by {key}" if one.is_signed else f"{where} is not signed")
    return found


def checkpoint_of(data: Mapping[str, Any]) -> Checkpoint:
    """The checkpoint that was noted as `as_data`. Raises ValueError, KeyError or TypeError for what is none."""
    texts = {name: str(data[name]) for name in ("hubspot", "salesforce", "head", "at", "key", "signature")}
    return Checkpoint(entries=int(data["entries"]), **texts)


def _no_checkpoint(place: Path | str) -> CheckpointBroken:
    return CheckpointBroken(f"{place} holds no checkpoints of syncd", "name what `audit: {send_to}` wrote to")


def _private(pem: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None  # the library's own text could show a part of the key
    if not isinstance(key, Ed25519PrivateKey):
        make = "make one with `openssl genpkey -algorithm ed25519` and name its file"
        raise CheckpointBroken("SYNCD_LEDGER__SIGNING_KEY_FILE holds no Ed25519 private key in PEM", make)
    return key


def _text_of(key: Ed25519PublicKey) -> str:
    return PREFIX + b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

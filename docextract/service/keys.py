"""API keys: random secrets, of which a file keeps hashes only, each with its scopes.

The secrets have 256 random bits, so a plain SHA-256 cannot be reversed by guessing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from docextract.durable import write_durably
from docextract.errors import UsageError, did_you_mean, validation_mistakes

_PREFIX = "dx_"


class Scope(StrEnum):
    """What a key is for."""

    OCR = "ocr"
    EXTRACT = "extract"
    JOBS = "jobs"
    METRICS = "metrics"
    REVIEW = "review"
    TEMPLATES = "templates"


class Key(BaseModel):
    """One key as the file has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    scopes: frozenset[Scope]

    def opens(self, secret: str) -> bool:
        """Whether this is the secret's key; takes as long either way."""
        return hmac.compare_digest(self.sha256, _hash(secret))


class KeyFile(BaseModel):
    """A file of keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    docextract: Literal[1] = 1
    keys: tuple[Key, ...] = ()

    def find(self, secret: str) -> Key | None:
        """The key that a secret opens, if any."""
        found = [key for key in self.keys if key.opens(secret)]
        return found[0] if found else None


def load_keys(path: Path) -> KeyFile:
    """Read a file of keys; raises UsageError when it is missing or wrong."""
    try:
        return KeyFile.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file. Make a key: docextract keys new NAME") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        mistakes = validation_mistakes(error)
        raise UsageError(f"{path}: is no file of keys: {mistakes}") from None


def add_key(path: Path, name: str, scopes: Iterable[Scope]) -> str:
    """Add a key to a file, which is made if needed, and return its secret, kept nowhere else.

    Raises UsageError when there is a key of that name, and for a name that no key can have.
    """
    known = load_keys(path) if path.exists() else KeyFile()
    if any(key.name == name for key in known.keys):
        raise UsageError(f"{path}: has a key {name!r} already. Choose another name, or revoke it")
    secret = _PREFIX + secrets.token_urlsafe(32)
    try:
        key = Key(name=name, sha256=_hash(secret), scopes=frozenset(scopes))
    except ValidationError as error:
        raise UsageError(f"a key cannot be called {name!r}: {validation_mistakes(error)}") from None
    _write(path, KeyFile(keys=(*known.keys, key)))
    return secret


def revoke_key(path: Path, name: str) -> None:
    """Remove a key from a file; raises UsageError when there is none of that name."""
    known = load_keys(path)
    kept = tuple(key for key in known.keys if key.name != name)
    if len(kept) == len(known.keys):
        near = did_you_mean(name, (key.name for key in known.keys))
        raise UsageError(f"{path}: has no key {name!r}. {near}")
    _write(path, KeyFile(keys=kept))


def _write(path: Path, file: KeyFile) -> None:
    content = {
        "docextract": 1,
        "keys": [
            {"name": key.name, "sha256": key.sha256, "scopes": sorted(key.scopes)}
            for key in file.keys
        ],
    }
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    try:
        write_durably(path, text.encode(), mode=0o600)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

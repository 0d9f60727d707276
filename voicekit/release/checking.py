"""What may stand in a line of a manifest: each field by itself. Raises `Damage` with what is wrong."""

import math
from collections.abc import Mapping
from typing import Any

from voicekit import manifest
from voicekit.formats import TABLE
from voicekit.release import is_sha256
from voicekit.release.textlist import path_of as list_path
from voicekit.wordlists.ids import check_id, check_language

LONGEST = 20_000  # characters of a prompt's words
LONG = 1_000  # characters of anything else
LARGE = 1 << 30  # bytes of a file
DAY = 86_400.0  # seconds

_FIELDS = {"language", "id", "text", "speech", "seconds", "level", "origin", "approval", "master", "files"}
_SPEECH = {"synthetic", "human", "mixed", "unknown"}


class Damage(Exception):  # noqa: N818  it becomes the InputError of its line
    """One thing that is wrong, to be read after a place."""


def checked_header(record: Mapping[str, Any], kind: str, version: int) -> str:
    """The workspace's name."""
    if kind not in record:
        raise Damage(f'does not begin with {{"{kind}":{version},"workspace":...}}')
    if record[kind] != version or isinstance(record[kind], bool):
        raise Damage(f"is of version {str(record[kind])[:20]}, which this voicekit does not know; update it")
    return _text(record["workspace"], "the workspace's name", least=1)


def checked_list(record: Mapping[str, Any]) -> tuple[str, int, str]:
    """Path, size and hash of a text list."""
    language = record["list"]
    _language(language)
    _file({key: record[key] for key in record if key != "list"}, list_path(language))
    return record["path"], record["bytes"], record["sha256"]


def checked_prompt(record: dict[str, Any]) -> dict[str, Any]:
    """The record itself, when all of it is as it must be."""
    if set(record) != _FIELDS:
        raise Damage("has not the fields of a prompt")
    _language(record["language"])
    if not isinstance(record["id"], str) or (reason := check_id(record["id"])):
        raise Damage(f"has an id that {reason or 'is no text'}" if isinstance(record["id"], str) else "has no id")
    if record["text"] is not None:
        _text(record["text"], "the words", most=LONGEST)
    if record["speech"] not in _SPEECH:
        raise Damage("does not say whether the speech is synthetic")
    _number(record["seconds"], 0.0, DAY)
    if record["level"] is not None:
        _number(record["level"], -200.0, 20.0)
    if not is_sha256(record["master"]):
        raise Damage("names no Master")
    _texts(record["origin"])
    _approval(record["approval"])
    _files(record)
    return record


def _language(name: object) -> None:
    if not isinstance(name, str):
        raise Damage("has no language")
    if len(name) > 40 or (reason := check_language(name)):
        raise Damage(f"has a language that {'is too long' if len(name) > 40 else reason}")


def _files(record: Mapping[str, Any]) -> None:
    if not record["files"]:
        raise Damage("has no file")
    for name, file in record["files"].items():
        row = TABLE.get(name)
        if row is None or not row.writable:
            raise Damage("has a format that is none, or that may not be deployed")
        _file(file, manifest.path_of((record["language"], record["id"]), row))


def _file(file: Mapping[str, Any], path: str) -> None:
    """A file lies where its prompt's file of this format lies, and nowhere else."""
    if set(file) != {"path", "bytes", "sha256"} or file["path"] != path:
        raise Damage("has a file that lies where it must not")
    size = file["bytes"]
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= LARGE:
        raise Damage(f"has a file of a size that can't be (0 to {LARGE >> 30} GiB)")
    if not is_sha256(file["sha256"]):
        raise Damage("has a file without a SHA-256")


def _text(value: object, what: str, *, least: int = 0, most: int = LONG) -> str:
    if not isinstance(value, str) or not least <= len(value) <= most or "\0" in value:
        raise Damage(f"{what}: no text, or longer than {most} characters")
    return value


def _texts(record: object) -> None:
    if not isinstance(record, dict) or len(record) > 20:
        raise Damage("has no origin")
    for key, value in record.items():
        _text(key, "origin")
        _text(value, "origin")


def _number(value: object, least: float, most: float) -> None:
    if not isinstance(value, float) or not math.isfinite(value) or not least <= value <= most:
        raise Damage("has a number that can't be")


def _approval(record: object) -> None:
    if record is None:
        return
    if not isinstance(record, dict) or set(record) != {"by", "at", "accepted", "note"}:
        raise Damage("has an approval that is none")
    if not isinstance(record["accepted"], bool):
        raise Damage("has an approval that says neither yes nor no")
    for key in ("by", "at", "note"):
        _text(record[key], "the approval", most=5 * LONG)

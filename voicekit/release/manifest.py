"""`manifest.jsonl` of a release: what each sound is, says, and came from. The only reader, and it believes nothing.

A header, a line for each text list, a line for each prompt, sorted, without a clock: the same content is the same
release. There is one way to write a manifest; whatever is not byte for byte what we would write is refused.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from voicekit.errors import InputError
from voicekit.lock import Key
from voicekit.manifest import File
from voicekit.release.checking import Damage, checked_header, checked_list, checked_prompt

KIND = "release"
VERSION = 1
LIMIT = 64 << 20  # bytes of a manifest
MOST = 50_000  # lines
LARGEST = 16 << 30  # bytes of all files together

_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Speech(StrEnum):
    """Who is heard: the mark that synthetic speech has to carry."""

    SYNTHETIC = "synthetic"
    HUMAN = "human"
    MIXED = "mixed"
    UNKNOWN = "unknown"  # an adopted sound: nobody said


@dataclass(frozen=True, slots=True)
class Consent:
    """Who said yes to this very sound, and when (UTC); `accepted`: in spite of the voice gate's doubts, as noted."""

    by: str
    at: str
    accepted: bool
    note: str


@dataclass(frozen=True, slots=True)
class Line:
    """A prompt. `text` None: nobody knows the words. `files` by format; `master` is the hash that it was made from."""

    language: str
    id: str
    text: str | None
    speech: str
    seconds: float
    level: float | None
    origin: Mapping[str, str]
    approval: Consent | None
    master: str
    files: Mapping[str, File]

    @property
    def key(self) -> Key:
        return self.language, self.id

    @property
    def name(self) -> str:
        return f"{self.language}/{self.id}"


@dataclass(frozen=True)
class Manifest:
    """All of a release. `lists` are the text lists, by language."""

    workspace: str
    lists: Mapping[str, File]
    prompts: tuple[Line, ...]
    data: bytes = field(default=b"", compare=False, repr=False)

    @property
    def id(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def files(self) -> Iterator[File]:
        """Every file that goes to a PBX."""
        yield from self.lists.values()
        for line in self.prompts:
            yield from line.files.values()

    @property
    def blobs(self) -> dict[str, int]:
        """Size of each different content, by SHA-256."""
        return {file.sha256: file.bytes for file in self.files}

    @property
    def masters(self) -> set[str]:
        return {line.master for line in self.prompts}


def written(workspace: str, lists: Mapping[str, File], prompts: Iterable[Line]) -> Manifest:
    """A manifest with its bytes. Raises `InputError` for what its reader would refuse."""
    return parse(_dumped(Manifest(workspace, lists, tuple(prompts))), "the new release")


def _dumped(manifest: Manifest) -> bytes:
    records: list[Mapping[str, Any]] = [{KIND: VERSION, "workspace": manifest.workspace}]
    records += [{"list": language, **_record(manifest.lists[language])} for language in sorted(manifest.lists)]
    records += [_prompt(line) for line in sorted(manifest.prompts, key=lambda line: line.key)]
    return b"".join(
        json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for record in records
    )


def _prompt(line: Line) -> Mapping[str, Any]:
    files = {name: _record(file) for name, file in sorted(line.files.items())}
    approval = None if line.approval is None else _record(line.approval)
    return _record(line) | {"origin": dict(sorted(line.origin.items())), "files": files, "approval": approval}


def _record(one: File | Line | Consent) -> dict[str, Any]:
    """One level of it: `dataclasses.asdict`, which copies all of them, is half of what reading a manifest takes."""
    return {part.name: getattr(one, part.name) for part in fields(one)}


def parse(data: bytes, where: str) -> Manifest:
    """The manifest in these bytes; `InputError` for the first thing that is not as it must be, with its line."""
    if len(data) > LIMIT:
        raise InputError(f"{where}: a manifest of more than {LIMIT >> 20} MiB; this can't be one")
    lines = data.splitlines() or [b""]
    if len(lines) > MOST:
        raise InputError(f"{where}: {len(lines)} lines; a release has at most {MOST}")
    lists: dict[str, File] = {}
    prompts: list[Line] = []
    with _place(f"{where}:1"):
        workspace = checked_header(_object(lines[0]), KIND, VERSION)
    for number, line in enumerate(lines[1:], 2):
        with _place(f"{where}:{number}"):
            record = _object(line)
            if "list" in record:
                lists[record["list"]] = File(*checked_list(record))
            else:
                prompts.append(_line(checked_prompt(record)))
    manifest = Manifest(workspace, lists, tuple(prompts), data)
    with _place(where):
        _agree(manifest)
    return manifest


@contextmanager
def _place(where: str) -> Iterator[None]:
    """What is wrong here, as one sentence with its place."""
    try:
        yield
    except Damage as damage:
        raise InputError(f"{where}: {damage}; this manifest is not used") from None
    except _DAMAGE as error:
        raise InputError(f"{where}: not a line of a release ({type(error).__name__}); it is not used") from None


def _object(line: bytes) -> dict[str, Any]:
    record = json.loads(line.decode(), parse_constant=_no_number)
    if not isinstance(record, dict):
        raise Damage("is no object")
    return record


def _no_number(name: str) -> float:
    raise Damage(f"has the number {name}")


def _line(record: dict[str, Any]) -> Line:
    files = {name: File(**file) for name, file in record["files"].items()}
    approval = Consent(**record["approval"]) if record["approval"] is not None else None
    return Line(**{**record, "files": files, "approval": approval})


def _agree(manifest: Manifest) -> None:
    """What no line can know alone: nothing twice, one size for one content, no more than a disk holds."""
    names = [line.name.lower() for line in manifest.prompts]
    if len(set(names)) != len(names):
        raise Damage("has a prompt twice (ids differ by more than case)")
    sizes: dict[str, int] = {}
    for file in manifest.files:
        if sizes.setdefault(file.sha256, file.bytes) != file.bytes:
            raise Damage(f"gives {file.sha256[:12]} two sizes")
    if sum(sizes.values()) > LARGEST:
        raise Damage(f"speaks of more than {LARGEST >> 30} GiB")
    if _dumped(manifest) != manifest.data:
        raise Damage("is not written as voicekit writes it (order, spaces, unknown or repeated keys)")

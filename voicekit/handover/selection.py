"""What goes into a handover: everything but what can be made again, and what may be secret."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from voicekit import fs
from voicekit.errors import InputError
from voicekit.handover import FOLDER, INDEX, PAGE, names
from voicekit.outcome import Outcome, Verdict
from voicekit.workspace import Workspace

_DERIVED = {"build", "out", "dist", "proof.html", PAGE, INDEX}
_KEPT = re.compile(r"voicekit\.(toml|lock)|approvals\.jsonl|\.git(ignore|attributes)|(prompts|masters|store)/.*"
                   r"|voices/[^/]+/(voice|lexicon)\.toml")  # fmt: skip
_SECRET_NAME = re.compile(
    r"(?i)(^|[._-])(env|secrets?|credentials?|passwords?|tokens?|id_(rsa|dsa|ecdsa|ed25519)|netrc|pgpass|htpasswd)"
    r"([._-]|$)|\.(pem|key|p12|pfx|jks|kdbx|ppk|gpg|ovpn)$"
)
_SECRET = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bsk-[A-Za-z0-9_-]{20}|\bAQVN[A-Za-z0-9_-]{30}"
    rb"|(?i:aws_secret_access_key|api_key|secret_key|auth_token)[\"']?\s*[=:]\s*[\"']?[A-Za-z0-9/+_-]{16}"
    rb"|://[^/\s:@\"']+:[^/\s@\"']+@"
)
_SCANNED = 4 << 20  # bytes; what is larger is sound or a model
_SOUND = ("masters/", "store/blobs/")
_SHORTEST = 8  # characters of a secret


@dataclass(frozen=True, slots=True)
class Selection:
    """Paths below the workspace, sorted; and an outcome for each thing that stays here."""

    paths: tuple[str, ...]
    left_out: tuple[Outcome, ...]


def select(workspace: Workspace, output: Path, secrets: Mapping[str, str]) -> Selection:
    """All files that go. `secrets` are values, by where they are kept, that must be in none of them.

    Raises `InputError` where a file that has to go holds what looks like a key.
    """
    paths: list[str] = []
    left_out: list[Outcome] = []
    for path in _everything(workspace.root):
        name = path.relative_to(workspace.root).as_posix()
        if name.split("/")[0] in _DERIVED or path == output:
            continue
        reason = _reason(path, name, secrets)
        if reason and _KEPT.fullmatch(name):
            raise InputError(f"{path}: {reason}; take it out of the file, then hand over again")
        if reason:
            left_out.append(Outcome(name, Verdict.SKIPPED, "left-out", reason))
        else:
            paths.append(name)
    if clash := names.clash(paths):
        raise InputError(f"{workspace.root / clash}: there is another file of this name, but for capitals; rename one")
    return Selection(tuple(sorted(paths)), (*left_out, *_hidden(workspace.root)))


def _everything(root: Path) -> Iterator[Path]:
    yield from fs.walk(root)
    yield from (root / name for name in (".gitignore", ".gitattributes") if (root / name).is_file())
    hashes = root / "store" / ".voicekit" / "sha256"
    if hashes.is_dir():
        yield from fs.walk(hashes)


def _hidden(root: Path) -> Iterator[Outcome]:
    """What is hidden stays here unseen; the user is told of what lies at the top."""
    for path in sorted(root.glob(".*")):
        if path.name not in (".voicekit", ".gitignore", ".gitattributes"):
            what = "its history may hold secrets: clone it" if path.name == ".git" else "hidden: perhaps a secret"
            yield Outcome(path.name, Verdict.SKIPPED, "left-out", what)


def _reason(path: Path, name: str, secrets: Mapping[str, str]) -> str:
    """Why a file stays here; "" for one that goes."""
    if path.is_symlink() or not path.is_file():
        return "no regular file"
    if problem := names.wrong(name):
        return f"its name {problem}"
    if not _KEPT.fullmatch(name) and _SECRET_NAME.search(path.name):
        return "by its name it may be a secret"
    if name.startswith(_SOUND) or path.stat().st_size > _SCANNED:
        return ""
    return _secret_in(path.read_bytes(), secrets)


def _secret_in(data: bytes, secrets: Mapping[str, str]) -> str:
    if _SECRET.search(data):
        return "holds what looks like a key or a password"
    found = (name for name, value in secrets.items() if len(value) >= _SHORTEST and value.encode() in data)
    return next((f"holds the value of {name}" for name in found), "")


def environment(variables: set[str]) -> dict[str, str]:
    """Values of these variables, where they are set."""
    return {name: os.environ[name] for name in variables if os.environ.get(name)}


def inside(name: str) -> str:
    """Where a file of the workspace lies in the archive."""
    return FOLDER + name

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

_OWN = {"build", "proof.html", PAGE, INDEX}  # made again by voicekit, and not missed
_OUTPUT = {"out", "dist"}
_KEPT = re.compile(r"voicekit\.(toml|lock)|approvals\.jsonl|\.git(ignore|attributes)|(prompts|masters|store)/.*"
                   r"|voices/[^/]+/(voice|lexicon)\.toml")  # fmt: skip
_SECRET_NAME = re.compile(
    r"(?i)(^|[._-])(env|secrets?|credentials?|passwords?|tokens?|id_(rsa|dsa|ecdsa|ed25519)|netrc|pgpass|htpasswd)"
    r"([._-]|$)|\.(pem|key|p12|pfx|jks|kdbx|ppk|gpg|ovpn)$"
)
_SECRET = re.compile(
    rb"-----BEGIN [A-Z ]{0,40}PRIVATE KEY|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bsk-[A-Za-z0-9_-]{20}|\bAQVN[A-Za-z0-9_-]{30}"
    rb"|\bgh[opsur]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{22}|\bglpat-[A-Za-z0-9_-]{20}|\bxox[abprs]-[A-Za-z0-9-]{20}"
    rb"|\bAIza[A-Za-z0-9_-]{35}|\bt1\.[A-Za-z0-9_-]{20}[A-Za-z0-9_.-]{30}|\bYC[A-Za-z0-9_-]{38}\b"
    rb"|(?i:secret_?access_?key|session_?token|api_?key|secret_?key|auth_?token|access_?token)[\"']?"
    rb"\s{0,20}[=:]\s{0,20}[\"']?[A-Za-z0-9/+_-]{16}"
    rb"|[A-Za-z][A-Za-z0-9+.-]{1,20}://[^/\s:@\"'<>\x00-\x20]{1,200}:(?!\d{1,5}/)[^\s@\"'<>\x00-\x20]{1,200}@"
)
_BLOCK = 1 << 20  # bytes that are scanned at once
_OVERLAP = 4096  # bytes of a block that are scanned again with the next: more than any of these takes
_SOUND = re.compile(r"(?:masters/|store/blobs/)(?P<sha256>[0-9a-f]{64})(?:\.flac)?")
_TAKEN = {".voicekit", "store/.voicekit", ".gitignore", ".gitattributes"}  # of what is hidden
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
        if name.split("/")[0] in _OWN | _OUTPUT or path == output:
            continue
        reason = _reason(path, name, secrets)
        if reason and _KEPT.fullmatch(name):
            raise InputError(f"{path}: {reason}; mend that, then hand over again")
        if reason:
            left_out.append(Outcome(name, Verdict.SKIPPED, "left-out", reason))
        else:
            paths.append(name)
    if clash := names.clash(paths):
        raise InputError(
            f"{workspace.root / clash}: another name there differs only in capitals or looks the same; rename one"
        )
    return Selection(tuple(sorted(paths)), (*left_out, *_outputs(workspace.root), *_hidden(workspace.root)))


def _everything(root: Path) -> Iterator[Path]:
    yield from fs.walk(root)
    yield from (root / name for name in (".gitignore", ".gitattributes") if (root / name).is_file())
    hashes = root / "store" / ".voicekit" / "sha256"
    if hashes.is_dir():
        yield from fs.walk(hashes)


def _outputs(root: Path) -> Iterator[Outcome]:
    for name in sorted(_OUTPUT):
        if (root / name).exists():
            yield Outcome(
                name, Verdict.SKIPPED, "left-out", "by its name it is made from the rest: copy it if it is not"
            )


def _hidden(root: Path) -> Iterator[Outcome]:
    """What is hidden stays here unseen; the user is told of it, of folders as a whole."""
    for folder, inner, files in os.walk(root):
        here = Path(folder).relative_to(root)
        for name in sorted(name for name in (*inner, *files) if name.startswith(".")):
            path = (here / name).as_posix()
            if path not in _TAKEN:
                what = "its history may hold secrets: clone it" if name == ".git" else "hidden: perhaps a secret"
                yield Outcome(path, Verdict.SKIPPED, "left-out", what)
        skipped = _OWN | _OUTPUT if here == Path() else set()
        inner[:] = sorted(name for name in inner if not name.startswith(".") and name not in skipped)


def _reason(path: Path, name: str, secrets: Mapping[str, str]) -> str:
    """Why a file stays here; "" for one that goes."""
    if path.is_symlink() or not path.is_file():
        return "no regular file"
    if problem := names.wrong(name):
        return f"its name {problem}"
    if not _KEPT.fullmatch(name) and _SECRET_NAME.search(path.name):
        return "by its name it may be a secret"
    return "" if _proved(path, name) else _secret_in(path, secrets)


def _proved(path: Path, name: str) -> bool:
    """Whether it is sound, and what its name says: then it can't hold a text that somebody put there."""
    found = _SOUND.fullmatch(name)
    return found is not None and fs.sha256(path) == found["sha256"]


def _secret_in(path: Path, secrets: Mapping[str, str]) -> str:
    """What the file holds that must not go, however large it is."""
    values = {name: value.encode(errors="surrogateescape") for name, value in secrets.items()}
    values = {name: value for name, value in values.items() if len(value) >= _SHORTEST}
    overlap = max([_OVERLAP, *map(len, values.values())])
    seen = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            seen = seen[-overlap:] + block
            if _SECRET.search(seen):
                return "holds what looks like a key or a password"
            if found := next((name for name, value in values.items() if value in seen), ""):
                return f"holds the value of {found}"
    return ""


def environment(variables: set[str]) -> dict[str, str]:
    """Values of these variables, where they are set."""
    return {name: os.environ[name] for name in variables if os.environ.get(name)}


def inside(name: str) -> str:
    """Where a file of the workspace lies in the archive."""
    return FOLDER + name

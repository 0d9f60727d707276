"""A good free voice, from where it is at home, into `voices/`: proved byte by byte, ready to be calibrated."""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from voicekit import fs, gallery, toml
from voicekit.engines.rhvoice import DATA
from voicekit.errors import InputError, VerificationError
from voicekit.gallery import File, Row, download
from voicekit.gallery.download import Progress
from voicekit.outcome import Outcome, Verdict
from voicekit.workspace import Workspace


def table(rows: Mapping[str, Row] | None = None) -> Iterator[Outcome]:
    """One outcome a voice that can be fetched."""
    for row in (rows or gallery.load()).values():
        detail = f"{row.language}, {row.size / 1e6:.0f} MB, {row.licence}"
        yield Outcome(row.name, Verdict.KEPT, "can-fetch", detail, data={"page": row.page, "bytes": row.size})


def folder(workspace: Workspace, name: str, rows: Mapping[str, Row] | None = None) -> Path:
    """Where the voice comes to lie; `InputError` for one that is not in the table."""
    return workspace.root / "voices" / gallery.pick(name, rows or gallery.load()).folder


def apply(
    workspace: Workspace,
    name: str,
    source: Path | None = None,
    *,
    progress: Progress = lambda _here, _all: None,
    rows: Mapping[str, Row] | None = None,
) -> Iterator[Outcome]:
    """Bring the files of the voice `name` and write its profile; call it inside `workspace.exclusive()`.

    `source` is a copy of its first file (others lie beside it), or a folder of all, for a machine without internet.
    `rows` takes the place of the table. What is here and whole is kept, also a profile that was edited. One outcome a
    file, the profile's last. Raises `EngineError` when a server can't be reached, `VerificationError` for other bytes.
    """
    row = gallery.pick(name, rows or gallery.load())
    into = workspace.root / "voices" / row.folder
    for file in row.files:
        subject = f"voices/{row.folder}/{DATA if file.unpack else file.name}"
        if _whole(file, into):
            yield Outcome(subject, Verdict.KEPT, "here")
            continue
        _place(workspace, file, into, _copy(row, file, source), progress)
        yield Outcome(
            subject, Verdict.DONE, "fetched", f"{file.size / 1e6:.1f} MB, SHA-256 proved", data={"url": file.url}
        )
    profile = into / "voice.toml"
    if profile.exists():
        yield Outcome(f"voices/{row.folder}/voice.toml", Verdict.KEPT, "here")
    else:
        fs.write(profile, _profile(row).encode(), staging=workspace.staging)
        remedy = f'reference_voice = "{row.folder}" in voicekit.toml takes it'
        yield Outcome(f"voices/{row.folder}/voice.toml", Verdict.DONE, "written", row.licence, remedy)


def _whole(file: File, into: Path) -> bool:
    if file.unpack:
        return (into / "voice.toml").exists() and (into / DATA).is_dir()  # the profile is written last
    path = into / file.name
    return path.is_file() and path.stat().st_size == file.size and fs.sha256(path) == file.sha256


def _copy(row: Row, file: File, source: Path | None) -> Path | None:
    """The file that `--from` means for this one of the voice."""
    if source is None:
        return None
    beside = source if source.is_dir() else source.parent
    path = source if file is row.files[0] and not source.is_dir() else beside / file.name
    if not path.is_file():
        raise InputError(f"{path}: no such file; download it on another machine: {file.url}")
    return path


def _place(workspace: Workspace, file: File, into: Path, copy: Path | None, progress: Progress) -> None:
    """Put a copy, or what is downloaded, into the voice's folder, once it is proved."""
    part = workspace.cache / "fetch" / f"{file.sha256}.part"
    try:
        if copy is None:
            download.bring(file, part, progress)
        if file.unpack:
            _prove(file, fs.sha256(copy or part), copy or part)
            _unpack(workspace, file, copy or part, into / DATA)
        else:
            _keep(workspace, file, copy or part, into / file.name)
    except VerificationError:
        download.forget(part)
        raise
    download.forget(part)


def _keep(workspace: Workspace, file: File, path: Path, target: Path) -> None:
    """Copy, proving on the way: another file never gets the name."""
    digest = hashlib.sha256()
    with path.open("rb") as given, fs.replacing(target, staging=workspace.staging) as taken:
        while block := given.read(fs.CHUNK):
            digest.update(block)
            taken.write(block)
        _prove(file, digest.hexdigest(), path)


def _prove(file: File, digest: str, path: Path) -> None:
    if digest != file.sha256:
        what = file.url if path.suffix == ".part" else str(path)
        raise VerificationError(
            f"{what} has SHA-256 {digest}, not {file.sha256}: not the file that voicekit knows; it was not taken"
        )


def _unpack(workspace: Workspace, file: File, path: Path, into: Path) -> None:
    """The wanted folders of an archive that is proved."""
    try:
        with ZipFile(path) as archive:
            for name in archive.namelist():
                inner = PurePosixPath(name)
                if name.endswith("/") or not inner.is_relative_to(file.unpack):
                    continue
                place = inner.relative_to(file.unpack)
                if any(place.is_relative_to(folder) for folder in file.take) and ".." not in place.parts:
                    target = into / place
                    with archive.open(name) as given, fs.replacing(target, staging=workspace.staging) as taken:
                        shutil.copyfileobj(given, taken)
    except BadZipFile as error:
        raise VerificationError(f"{path}: not an archive ({error}); it was not taken") from error


def _profile(row: Row) -> str:
    pin = [f"sha256 = {toml.quote(row.files[0].sha256)}"] if not row.files[0].unpack else []
    lines = [
        "version = 1",
        f"description = {toml.quote(f'{row.speaker}, fetched as {row.name}')}",
        f"engine = {toml.quote(row.engine)}",
        "",
        f"[languages.{row.language}]",
        f"voice = {toml.quote(row.voice)}",
        f"speaker = {toml.quote(row.speaker)}",
        *pin,
        "",
        "[licence]",
        f"name = {toml.quote(row.licence)}",
        f"url = {toml.quote(row.page)}",
    ]
    return "\n".join(lines) + "\n"

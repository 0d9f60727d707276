"""The archive itself: written with an index of every byte, and believed only where all of it agrees."""

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from voicekit import fs
from voicekit.errors import InputError, VerificationError
from voicekit.handover import (
    FOLDER,
    INDEX,
    INDEX_LIMIT,
    LARGE,
    LARGEST,
    MOST,
    PAGE,
    File,
    Index,
    dumped,
    names,
    parsed,
    total,
)

_RATIO = 1_100  # deflate can't do more; a bomb of other tricks has to say so
_DAMAGE = (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, zlib.error, RuntimeError)


def write(target: Path, root: Path, index: Index, page: str) -> None:
    """Write the archive: page and index, then every file, as it was when it was hashed."""
    with fs.replacing(target) as file, ZipFile(file, "w") as archive:
        _text(archive, PAGE, page.encode())
        _text(archive, INDEX, dumped(index))
        for one in index.files:
            _copy(archive, root / one.path, one)


def _entry(name: str, *, packed: bool) -> ZipInfo:
    entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.compress_type = ZIP_DEFLATED if packed else ZIP_STORED
    return entry


def _text(archive: ZipFile, name: str, data: bytes) -> None:
    archive.writestr(_entry(name, packed=True), data)


def _copy(archive: ZipFile, path: Path, file: File) -> None:
    digest = hashlib.sha256()
    entry = _entry(FOLDER + file.path, packed=path.suffix in (".toml", ".jsonl", ".lock", ".json", ".md", ".txt"))
    entry.file_size = file.bytes
    with path.open("rb") as source, archive.open(entry, "w", force_zip64=file.bytes > 1 << 31) as sink:
        while block := source.read(fs.CHUNK):
            digest.update(block)
            sink.write(block)
    if digest.hexdigest() != file.sha256:
        raise VerificationError(f"{path}: changed while it was read; hand over again")


@contextmanager
def opened(path: Path) -> Iterator[tuple[ZipFile, Index]]:
    """An archive of which every name, size and hash has been proved. Nothing of it has been written."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        with ZipFile(path) as archive:
            index = _checked(archive, path)
            for file in index.files:
                for _ in blocks(archive, file, path):
                    pass
            yield archive, index
    except _DAMAGE as error:
        raise InputError(f"{path}: not a whole ZIP archive ({' '.join(str(error).split())[:100]})") from error


def blocks(archive: ZipFile, file: File, path: Path) -> Iterator[bytes]:
    """The bytes of a file; `VerificationError` at their end when they are not those of the index."""
    digest, size = hashlib.sha256(), 0
    with archive.open(FOLDER + file.path) as source:
        while block := source.read(fs.CHUNK):
            size += len(block)
            if size > file.bytes:
                break
            digest.update(block)
            yield block
    if size != file.bytes or digest.hexdigest() != file.sha256:
        raise VerificationError(f"{path}: {file.path} is not what the index says; get the archive again")


def _checked(archive: ZipFile, path: Path) -> Index:
    entries = archive.infolist()
    if len(entries) > MOST + 2:
        raise InputError(f"{path}: {len(entries)} files; a handover has at most {MOST}")
    by_name = {entry.filename: entry for entry in entries}
    if len(by_name) != len(entries):
        raise InputError(f"{path}: a file is in it twice; this is no handover")
    for entry in entries:
        if reason := _wrong(entry):
            raise InputError(f"{path}: {entry.filename[:200]!r} {reason}; nothing was written")
    if sum(entry.compress_size for entry in entries) > path.stat().st_size:
        raise InputError(f"{path}: its parts overlap, as in a bomb; nothing was written")
    if not {INDEX, PAGE} <= by_name.keys() or by_name[INDEX].file_size > INDEX_LIMIT:
        raise InputError(f"{path}: no {INDEX} in it; voicekit handover writes such archives")
    index = parsed(archive.read(INDEX), str(path))
    _agree(index, by_name, path)
    return index


def _wrong(entry: ZipInfo) -> str:
    """Why an entry can't be one of a handover."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    strange = entry.flag_bits & 0x1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED)
    large = entry.file_size > LARGE or entry.file_size > entry.compress_size * _RATIO + 1024
    reasons = {
        "has two names": entry.orig_filename != entry.filename,
        "is encrypted, or packed in a way that voicekit does not use": strange,
        "is no regular file": kind not in (0, stat.S_IFREG) or entry.is_dir(),
        "says that it is larger than it can be": large,
    }
    found = next((reason for reason, wrong in reasons.items() if wrong), "")
    if found or entry.filename in (PAGE, INDEX):
        return found
    if not entry.filename.startswith(FOLDER):
        return "lies outside of the workspace"
    return names.wrong(entry.filename.removeprefix(FOLDER))


def _agree(index: Index, by_name: Mapping[str, ZipInfo], path: Path) -> None:
    """The index names exactly what there is."""
    listed = {FOLDER + file.path: file.bytes for file in index.files}
    found = {name: entry.file_size for name, entry in by_name.items() if name not in (PAGE, INDEX)}
    if listed != found or len(listed) != len(index.files):
        odd = sorted(listed.items() ^ found.items())[:1]
        raise InputError(f"{path}: its index and its files differ{f' ({odd[0][0][:200]!r})' if odd else ''}")
    if total(index.files) > LARGEST:
        raise InputError(f"{path}: more than {LARGEST >> 30} GiB; nothing was written")
    if clash := names.clash(file.path for file in index.files):
        raise InputError(
            f"{path}: {clash[:200]!r} is in it twice, but for capitals or letters that look alike; nothing was written"
        )

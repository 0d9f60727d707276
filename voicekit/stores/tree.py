"""Objects as plain files of a tree, on whatever machine it is: `file:` and `sftp:` are thin over this.

What a file can't say of itself, its SHA-256, lies beside it in `.voicekit/sha256/<key>`: one hash; two while a content
is being replaced, of which either may be the one.
"""

import errno
import hashlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from voicekit import fs
from voicekit.stores import Body, Cap, Caps, Reading, Stat
from voicekit.stores.faults import (
    AbsentError,
    ConflictError,
    DamagedError,
    DeniedError,
    FullError,
    NoBucketError,
    UnreachableError,
    UnsupportedError,
)
from voicekit.stores.files import Entry, File, Files

OWN = ".voicekit"  # hidden: no key leads there, and no listing shows it
STAGING = f"{OWN}/tmp"  # noqa: S108  of the tree, not of this machine
STALE = 24 * 3600.0  # seconds after which what a killed run left is swept
_LEFT = 3600.0  # the same where something is to be gone for good: no put of a page or a note takes so long


class Tree:
    """Puts are atomic by rename, and exclusive among all voicekits by a lock. Readings take no lock."""

    caps: Caps = frozenset({Cap.DIGEST, Cap.IF_ABSENT, Cap.REPLACE})

    def __init__(self, name: str, files: Files) -> None:
        self.name, self._files, self._swept = name, files, False

    def put(self, key: str, body: Body, *, if_absent: bool = False) -> None:
        with self._told(key), self._written(key, body) as staged, self._files.alone(key):
            found = self._stat(key)
            if found is None or not if_absent:
                self._place(key, staged, body.sha256, found, new=if_absent)
            elif found.sha256 != body.sha256:
                raise ConflictError(f"{self.name}: there is another {key} already")
            elif not self._whole(key, body):  # ours, and damaged since
                self._place(key, staged, body.sha256, found, new=False)

    def replace(self, key: str, body: Body, expected: str) -> None:
        with self._told(key), self._written(key, body) as staged, self._files.alone(key):
            found = self._stat(key)
            now = found.tag if found else ""
            if now == body.sha256:
                return
            if now != expected:
                raise ConflictError(f"{self.name}: {key} is no longer what it was")
            self._place(key, staged, body.sha256, found, new=found is None)

    def open(self, key: str, start: int = 0, end: int | None = None) -> Reading:
        with self._told(key):
            file, sha256 = self._opened(key)
            if file is None:
                raise AbsentError(f"{self.name}: there is no {key}")
        stat = _stat(key, file.entry, sha256)
        return Reading(stat, self._blocks(key, file, start, stat.size if end is None else end))

    def _blocks(self, key: str, file: File, start: int, end: int) -> Generator[bytes]:
        with self._told(key), closing(file):
            yield from file.blocks(start, end)

    def stat(self, key: str) -> Stat | None:
        with self._told(key):
            return self._stat(key)

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        folder = prefix.rpartition("/")[0]
        with self._told(prefix):
            self._there()
            found = self._files.walk(folder) if _inside(folder) else ()
            wanted = [entry for entry in found if entry.path.startswith(prefix) and entry.path > after]
        for entry in sorted(wanted, key=lambda entry: entry.path):
            yield _stat(entry.path, entry)

    def delete(self, key: str) -> None:
        """The file first: a hash without a file is no object."""
        with self._told(key):
            self._there()
            with self._files.alone(key):
                self._files.remove(key)
                self._files.remove(hashes_of(key))

    def purge(self, key: str, *, keep: bool = False) -> None:
        """There are no versions. What is staged may be anything: by its name nobody can tell."""
        if not keep:
            self.delete(key)
        with self._told(key):
            self._files.sweep(_LEFT)

    def hold(self, key: str, *, on: bool) -> bool:  # noqa: ARG002  a file system knows no such thing
        return False

    def link(self, key: str, seconds: int, name: str, media: str) -> str:  # noqa: ARG002  a file system has no addresses
        return ""

    def close(self) -> None:
        self._files.close()

    def _there(self) -> None:
        if not self._files.there():
            raise NoBucketError(f"{self.name}: no such folder; is the disk mounted? If it is new, make the folder")

    def _stat(self, key: str) -> Stat | None:
        file, sha256 = self._opened(key)
        if file is None:
            return None
        file.close()
        return _stat(key, file.entry, sha256)

    def _opened(self, key: str) -> tuple[File | None, str]:
        """The file and its hash. The hashes beside it are the same before and after: so nobody replaced it between."""
        after = self._known(key)
        while True:
            before, file = after, self._files.open(key)
            after = self._known(key)
            if before == after:
                return file, self._which(file, after) if file else ""
            if file:
                file.close()

    def _whole(self, key: str, body: Body) -> bool:
        """Whether the file holds these bytes, whatever the hash beside it says."""
        file = self._files.open(key)
        if file is None:
            return False
        digest = hashlib.sha256()
        with closing(file):
            for block in file.blocks(0, file.entry.size):
                digest.update(block)
        return digest.hexdigest() == body.sha256

    def _known(self, key: str) -> tuple[str, ...]:
        file = self._files.open(hashes_of(key))
        if file is None:
            return ()
        with closing(file):
            return tuple(b"".join(file.blocks(0, 200)).decode("ascii", "replace").split())

    def _which(self, file: File, hashes: tuple[str, ...]) -> str:
        """Of two, when a replacement was cut short, that of the bytes which are there."""
        if len(hashes) <= 1:
            return "".join(hashes)
        digest = hashlib.sha256()
        for block in file.blocks(0, file.entry.size):
            digest.update(block)
        now = digest.hexdigest()
        return now if now in hashes else ""

    @contextmanager
    def _written(self, key: str, body: Body) -> Iterator[str]:
        """The bytes in a file of their own, proved."""
        self._there()
        if not self._swept:
            self._files.sweep(STALE)
            self._swept = True
        digest = hashlib.sha256()
        with self._files.staged(key, _hashed(body, digest)) as staged:
            if digest.hexdigest() != body.sha256:
                raise DamagedError(f"{self.name}: {key} changed while it was put; nothing was put. Run it again")
            yield staged

    def _place(self, key: str, staged: str, sha256: str, found: Stat | None, *, new: bool) -> None:
        """Give it its name. Killed between any two steps, the hashes beside it hold that of what is there."""
        before = found.sha256 if found else ""
        replacing = before not in ("", sha256)
        self._note(key, *([before, sha256] if replacing else [sha256]))
        try:
            self._files.place(staged, key, new=new)
        except FileExistsError:
            raise ConflictError(f"{self.name}: there is another {key} already") from None
        if replacing:
            self._note(key, sha256)

    def _note(self, key: str, *hashes: str) -> None:
        text = "".join(f"{sha256}\n" for sha256 in hashes).encode()
        with self._files.staged(hashes_of(key), [text]) as staged:
            self._files.place(staged, hashes_of(key), new=False)

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        """What the system says, as one of the few errors."""
        try:
            yield
        except OSError as error:
            what = f"{self.name}: {key or 'the folder'}: {error.strerror or error}"
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise FullError(f"{what}; make room there") from error
            if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise DeniedError(f"{what}; who may write there?") from error
            if error.errno in (errno.ENOTDIR, errno.EISDIR):
                raise UnsupportedError(
                    f"{what}; a folder keeps no object whose key is the beginning of another's"
                ) from error
            if error.errno == errno.EOPNOTSUPP:
                raise UnsupportedError(f"{what}; take another kind of store") from error
            if error.errno == errno.ENOENT:
                raise NoBucketError(f"{what}; is it mounted?") from error
            raise UnreachableError(f"{what}; is it connected?") from error


def _hashed(body: Body, digest: "hashlib._Hash") -> Iterator[bytes]:
    with body.open() as source:
        sent = body.outgoing(source)
        while block := sent.read(fs.CHUNK):
            digest.update(block)
            yield block


def hashes_of(key: str) -> str:
    return f"{OWN}/sha256/{key}"


def _stat(key: str, entry: Entry, sha256: str = "") -> Stat:
    try:
        modified = datetime.fromtimestamp(entry.modified, UTC)
    except (ValueError, OverflowError, OSError):  # no year of ours: it is as young as can be, and spared
        modified = datetime.max.replace(tzinfo=UTC)
    return Stat(key, entry.size, modified, sha256, sha256)


def _inside(folder: str) -> bool:
    """A folder of the tree itself, or the root; what leads elsewhere has nothing of ours."""
    return not folder or not any(part.startswith(".") or not part for part in folder.split("/"))

"""How a recording is stored: as it is, as FLAC that gives the file back byte for byte, or, by choice, with loss."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from voicekit import fs
from voicekit.calls.samples import HEAD, span
from voicekit.calls.scratch import Scratch
from voicekit.errors import InputError, VerificationError
from voicekit.stores import Body

BIT_RATE = 12_000  # bit/s, at which Opus equals G.711 in PESQ

_SMALL = 1 << 20  # bytes of a recording that is encoded in memory; one minute has that

Writer = Callable[[BinaryIO], bool]  # writes the recording, and says whether that is proved


class Encoding(StrEnum):
    """How an object was made of a recording."""

    KEEP = "keep"
    FLAC = "flac"
    OPUS = "opus"  # the original can't be given back


@dataclass(frozen=True, slots=True)
class Encoded:
    """What is to be stored. `encoding` tells `decoded` how to give the recording back."""

    encoding: Encoding
    body: Body


@contextmanager
def encoded(
    original: Body,
    extension: str,
    encoding: Encoding = Encoding.FLAC,
    *,
    bit_rate: int = BIT_RATE,
    folder: Path | None = None,
    scratch: Scratch | None = None,
) -> Iterator[Encoded]:
    """The recording in this encoding where that is proved and smaller, else as it is; while the block runs.

    `extension` is without dot; what `original` opens can be sought. `bit_rate` (bit/s) is for Opus. A recording of
    more than 1 MiB is encoded in a file without a name in `folder` (default: TMPDIR), of its size at the most; where
    that disk is full, or `scratch` has less room, it is kept as it is.
    """
    write = _writer(original, extension, encoding, bit_rate)
    with ExitStack() as stack:
        if write is None or (scratch and not stack.enter_context(scratch.taken(_need(original.size, encoding)))):
            yield Encoded(Encoding.KEEP, original)
            return
        made = stack.enter_context(_written(write, original.size, folder))
        smaller = made and made.size < original.size
        yield Encoded(encoding, made) if made and smaller else Encoded(Encoding.KEEP, original)


def _need(size: int, encoding: Encoding) -> int:
    """Bytes of a file that may be written on the way: FLAC is never larger than its original, Opus a fifth."""
    if size <= _SMALL:
        return 0
    return size // 4 if encoding is Encoding.OPUS else size


def decoded(file: BinaryIO, encoding: str, sha256: str) -> Iterator[bytes]:
    """The recording's bytes out of the object's; `file` can be sought.

    Raises `VerificationError` when they are not those of this SHA-256: at the end at the latest, so that nothing
    counts before that. `InputError` for what was stored with loss.
    """
    from voicekit.calls import flac

    if encoding == Encoding.OPUS:
        raise InputError("stored with loss (opus), as was chosen: the original can't be given back")
    digest = hashlib.sha256()
    for block in flac.read(file) if Encoding(encoding) is Encoding.FLAC else iter(partial(file.read, fs.CHUNK), b""):
        digest.update(block)
        yield block
    if digest.hexdigest() != sha256:
        raise VerificationError("the recording that was stored does not give its original back; verify the archive")


def _writer(original: Body, extension: str, encoding: Encoding, bit_rate: int) -> Writer | None:
    """None where the recording is to be kept as it is."""
    if encoding is Encoding.KEEP:
        return None
    with original.open() as file:
        where = span(file.read(HEAD), original.size, extension)
    if where is None:
        return None
    from voicekit.calls import flac, opus

    if encoding is Encoding.OPUS:
        return partial(opus.write, original, where, bit_rate)
    return partial(flac.write, original, where)


@contextmanager
def _written(write: Writer, size: int, folder: Path | None) -> Iterator[Body | None]:
    if size <= _SMALL:
        memory = BytesIO()
        yield Body.of(memory.getvalue()) if write(memory) else None
        return
    with tempfile.TemporaryFile(dir=folder) as unnamed:  # killed, nothing is left
        made = write(unnamed)
        yield Body.of_file(Path(f"/proc/self/fd/{unnamed.fileno()}")) if made else None

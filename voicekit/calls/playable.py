"""An archived recording as something that plays everywhere: WAV, 16 bits, all its channels. Texts beside voicemail are
recordings as well, and are not decoded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from voicekit import extras
from voicekit.calls import ending
from voicekit.calls.encode import Encoding
from voicekit.calls.receipts import Receipt
from voicekit.calls.restore import Restorer
from voicekit.calls.samples import HEAD, Span, blocks, span
from voicekit.errors import InputError
from voicekit.stores import Body

_TEXT = "txt"


@contextmanager
def wav(restorer: Restorer, receipt: Receipt, path: str) -> Iterator[Path]:
    """A WAV file of the recording, as long as the block runs, whatever ends it but SIGKILL; `path` is that of the
    original, "" where nobody knows it.

    The header of a call that crashed is repaired in it. Raises `VerificationError` where the original does not come
    back, `InputError` where nobody can decode it.
    """
    extension = PurePosixPath(path).suffix[1:]
    if extension == _TEXT:
        raise InputError("it is a text, and no sound; voicekit calls restore brings it back")
    with ending.tidily(), TemporaryDirectory(prefix="voicekit-") as folder:
        lossy = receipt.encoding == Encoding.OPUS
        original = Path(folder) / f"original.{'ogg' if lossy else extension or 'raw'}"
        with original.open("wb") as file:
            file.writelines(restorer.stored(receipt) if lossy else restorer.blocks(receipt))
        made = Path(folder) / "recording.wav"
        body = Body.of_file(original)
        with body.open() as file:
            where = span(file.read(HEAD), body.size, extension) if not lossy else None
        if where:
            _samples(body, where, made)
        elif not path and not lossy:
            raise InputError("its name is not known, and so not what it is; voicekit calls reindex says why")
        else:
            _decoded(original, made)
        yield made


def seconds(wav: Path) -> float:
    """How long it is."""
    import soundfile

    return float(soundfile.info(wav).duration)


def _samples(body: Body, where: Span, made: Path) -> None:
    from voicekit.calls.codes import codes

    how = codes(where.codec)
    with body.open() as file, _sound(made, where.rate, where.channels) as sound:
        for data in blocks(file, where):
            sound.write(how.heard(data).reshape(-1, where.channels))


def _decoded(original: Path, made: Path) -> None:
    """Of all other formats; of several channels they are one then."""
    from voicekit.audio.read import open_sound

    try:
        source = open_sound(original)
        with _sound(made, source.rate, 1) as sound:
            for block in source.blocks():
                sound.write(block)
    except ModuleNotFoundError as error:
        raise InputError(
            f"{original.suffix} can't be decoded here: {extras.lacking(error) or error}; "
            "or voicekit calls restore brings it back as it is"
        ) from None
    except InputError as error:
        raise InputError(str(error).replace(str(original), "the file")) from None


def _sound(made: Path, rate: int, channels: int) -> Any:
    import soundfile

    return soundfile.SoundFile(made, "w", rate, channels, subtype="PCM_16", format="WAV")

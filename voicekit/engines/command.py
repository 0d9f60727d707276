"""Any program that turns a text file into a sound file: the door for XTTS, F5-TTS, Chatterbox and the like.

It runs without a shell, in a session of its own and an empty folder, and is ended with all its children when it takes
too long or writes too much.
"""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar

from voicekit.engines import Key, Setting, Speech, Words, wordless
from voicekit.errors import EngineError, InputError
from voicekit.text.stress import Stress

if TYPE_CHECKING:
    from voicekit.clip import Clip

BYTES = 256 << 20  # at the most in its folder, the sound and what it complained
SECONDS = 600  # of sound at the most
_PAUSE = 0.02  # seconds between two looks at what it does
_PLACES = re.compile(r"\{(text|out|reference|voice|language)\}")
_PR_SET_PDEATHSIG = 1  # prctl(2)


class Command:
    """A speaker's `voice` is whatever the program knows a voice by; it and `reference` enter the speech hash.

    The program does not: it is how the voice is reached. A program that speaks otherwise deserves another `voice`.
    """

    name = "command"
    about = "any program of yours that speaks a text file into a sound file"
    how_to_get = "comes with voicekit; the program is yours: [service] program in voice.toml, docs/engines.md"
    parallel = None
    fresh = False
    stress = Stress.KEEP
    longest = 5000
    price = None
    settings: ClassVar[dict[str, Key]] = {}
    service: ClassVar[dict[str, Key]] = {
        "program": Words((), "the program and its arguments: {text} {out} {reference} {voice} {language}"),
        "timeout": Setting(1.0, 280.0, 120.0, "seconds a prompt"),
    }

    def version(self) -> str:
        return "1"

    def refusal(self, speech: Speech) -> str:
        program = speech.service["program"]
        if reason := wordless(speech.text):
            return reason
        if not program:
            return 'no program is named; in voice.toml: [service] program = ["tts", "{text}", "{out}"]'
        used = set(_PLACES.findall(" ".join(program[1:])))
        if missing := {"text", "out"} - used:
            return f"program must have {{{min(missing)}}} among its arguments: the file of the words, that of the sound"
        if "reference" in used and not _reference(speech).is_file():
            return f"{_reference(speech)}: no such file; name the recording to imitate: reference in voice.toml"
        if not _found(speech):
            return f'the program "{program[0]}" is not found; install it, or give its whole path in voice.toml'
        return ""

    def speak(self, speech: Speech) -> "Clip":
        """What the program wrote into {out}, at its own rate."""
        if refusal := self.refusal(speech):
            raise EngineError(refusal)
        program = speech.service["program"][0]
        with TemporaryDirectory(prefix="voicekit-") as name:
            folder = Path(name)
            (folder / "text.txt").write_text(speech.text, encoding="utf-8", errors="replace")
            _run(_arguments(speech, folder), folder, speech.service["timeout"], program)
            return _sound(folder / "out.wav", program)


def _reference(speech: Speech) -> Path:
    return (speech.folder / speech.speaker.reference if speech.speaker.reference else Path("reference")).absolute()


def _found(speech: Speech) -> str | None:
    """The program's file: of the search path, or, with a slash in its name, as seen from the voice's folder."""
    program = str(speech.service["program"][0])
    return shutil.which(str(speech.folder.absolute() / program) if "/" in program else program)


def _arguments(speech: Speech, folder: Path) -> list[str]:
    places = {
        "text": str(folder / "text.txt"),
        "out": str(folder / "out.wav"),
        "reference": str(_reference(speech)),
        "voice": speech.speaker.voice,
        "language": speech.language,
    }
    words = speech.service["program"][1:]
    return [str(_found(speech)), *(_PLACES.sub(lambda place: places[place[1]], word) for word in words)]


def _run(arguments: list[str], folder: Path, timeout: float, program: str) -> None:
    """Run to its end; `EngineError` when it fails, takes too long or fills the folder."""
    deadline = time.monotonic() + timeout
    with _started(arguments, folder, program) as process:
        while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            if time.monotonic() > deadline:
                raise EngineError(f'"{program}" took longer than {timeout:g} s and was stopped; see timeout')
            if _size(folder) > BYTES:
                raise EngineError(f'"{program}" wrote more than {BYTES >> 20} MB and was stopped')
            time.sleep(_PAUSE)
    if process.returncode:
        how = f"exit {process.returncode}" if process.returncode > 0 else f"signal {-process.returncode}"
        raise EngineError(f'"{program}" failed ({how}): {_complaint(folder)}')


@contextmanager
def _started(arguments: list[str], folder: Path, program: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program, ended with its whole group, however this block ends.

    It is reaped last: until then its number is still its own, and so is that of its group.
    """
    with (folder / "stderr").open("wb") as errors:
        try:
            process = subprocess.Popen(  # noqa: S603  to run what the profile names is what this engine is for
                arguments,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                preexec_fn=_die_with_us,  # noqa: PLW1509  a worker has one thread
            )
        except OSError as error:
            raise EngineError(f'"{program}" can\'t be run: {error.strerror or error}') from error
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _die_with_us() -> None:
    """Have the kernel end the program when this worker is killed (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _size(folder: Path) -> int:
    return sum(entry.stat(follow_symlinks=False).st_size for entry in os.scandir(folder))


def _complaint(folder: Path) -> str:
    """The last line that it wrote to stderr."""
    with (folder / "stderr").open("rb") as file:
        file.seek(-min(4096, file.seek(0, os.SEEK_END)), os.SEEK_END)
        lines = file.read().decode(errors="replace").splitlines()
    said = [clean for line in lines if (clean := "".join(filter(str.isprintable, line)).strip())]
    return said[-1][:300] if said else "it said nothing on stderr"


def _sound(path: Path, program: str) -> "Clip":
    """The sound in a file, of whatever kind; its content counts, not its name."""
    import numpy as np

    from voicekit.audio.read import open_sound
    from voicekit.clip import Clip

    if path.is_symlink() or not path.is_file():
        raise EngineError(f'"{program}" ended well and wrote no sound; does it take {{out}} for the file to write?')
    try:
        source = open_sound(path)
        blocks, length = [], 0
        for block in source.blocks():
            blocks.append(block)
            length += len(block)
            if length > SECONDS * source.rate:
                raise EngineError(f'"{program}" gave more than {SECONDS} s of sound for one prompt')
    except InputError as error:
        reason = str(error).replace(str(path), "its sound")
        raise EngineError(f'"{program}": {reason}') from error
    return Clip(np.concatenate(blocks), source.rate)


ENGINE = Command()

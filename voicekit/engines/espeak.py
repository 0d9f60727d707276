"""espeak-ng, embedded: library and data come in the wheel `espeakng-loader`. 100+ languages, robotic, honest.

The same words give the same bytes only in a fresh process, and threads mix up its buffers (docs/engines.md): it must
be called once a process, which `parallel.fresh` provides.
"""

import ctypes
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import espeakng_loader

from voicekit.engines import Key, Setting, Speech, wordless
from voicekit.errors import EngineError
from voicekit.text.stress import Stress

if TYPE_CHECKING:
    from voicekit.clip import Clip

# speak_lib.h
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_PARAMETERS = {"rate": 1, "pitch": 3, "range": 4, "wordgap": 7}
# A NUL would end the text, U+0001 begins a command in it; no UTF-8 has surrogates.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """The engine that is always there."""

    name = "espeak"
    about = "espeak-ng, embedded: robotic, offline, 100+ languages"
    how_to_get = "comes with voicekit"
    parallel = None
    fresh = True
    stress = Stress.DROP
    longest = 5000
    price = None
    service: ClassVar[dict[str, Key]] = {}
    settings: ClassVar[dict[str, Key]] = {
        "rate": Setting(80, 450, 150, "words a minute"),
        "pitch": Setting(0, 99, 50, "base pitch"),
        "range": Setting(0, 99, 50, "pitch range, 0 is monotone"),
        "wordgap": Setting(0, 50, 0, "pause between words, units of 10 ms"),
    }

    def version(self) -> str:
        library, _ = _started()
        library.espeak_Info.restype = ctypes.c_char_p
        return str(library.espeak_Info(None).decode())

    def refusal(self, speech: Speech) -> str:
        language, _, variant = speech.speaker.voice.partition("+")
        if language not in voices():
            return f'espeak-ng has no voice "{language}"; `voicekit doctor --voices` lists them'
        if variant and variant not in variants():
            return f'espeak-ng has no variant "{variant}" of a voice; use f1 to f5, m1 to m8, or none'
        return wordless(speech.text)

    def speak(self, speech: Speech) -> "Clip":
        """One utterance at the rate of the voice data (22,050 Hz)."""
        import numpy as np

        from voicekit.clip import Clip

        if refusal := self.refusal(speech):
            raise EngineError(refusal)
        library, rate = _started()
        if library.espeak_SetVoiceByName(speech.speaker.voice.encode()):
            raise EngineError(f'espeak-ng refuses the voice "{speech.speaker.voice}"')
        for key, parameter in _PARAMETERS.items():
            library.espeak_SetParameter(parameter, int(speech.settings[key]), 0)
        samples = np.frombuffer(_spoken(library, speech.text), np.int16)
        if not samples.any():
            raise EngineError("espeak-ng gave no sound for this text")
        return Clip(samples.astype(np.float32) / np.float32(32768), rate)


@cache
def _started() -> tuple[ctypes.CDLL, int]:
    """The library, ready to speak, and its rate in Hz.

    Started and with its voice files listed in the parent (by `version`), it is ready in each child that is forked
    there: 4 to 7 ms a prompt are saved, and the sound is the same.
    """
    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except OSError as error:
        raise EngineError(f"espeak-ng does not load ({error}); reinstall the package espeakng-loader") from error
    data = os.fsencode(espeakng_loader.get_data_path())
    rate = library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, _INITIALIZE_DONT_EXIT)
    if rate <= 0:
        raise EngineError("espeak-ng does not start; reinstall the package espeakng-loader")
    library.espeak_ListVoices(None)
    return library, rate


def _spoken(library: ctypes.CDLL, text: str) -> bytes:
    """16-bit samples of the text, from the library as it is set up."""
    pieces: list[bytes] = []

    def collect(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = _CALLBACK(collect)  # held here: the library keeps only the pointer
    library.espeak_SetSynthCallback(callback)
    data = _CONTROLS.sub(" ", text).encode() + b"\0"
    if library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 1, 0, _CHARS_UTF8, None, None):
        raise EngineError("espeak-ng failed to speak this text")
    library.espeak_Synchronize()
    return b"".join(pieces)


@cache
def voices() -> frozenset[str]:
    """Names of the voice files: the language tags that espeak_SetVoiceByName takes, lower case."""
    return frozenset(path.name.lower() for path in _data("lang").rglob("*") if path.is_file())


@cache
def variants() -> frozenset[str]:
    """What may follow a voice after a plus: `en+f3`. The library speaks with the plain voice for any other."""
    return frozenset(path.name for path in _data("voices/!v").iterdir())


def _data(folder: str) -> Path:
    return Path(espeakng_loader.get_data_path()) / folder


ENGINE = Espeak()

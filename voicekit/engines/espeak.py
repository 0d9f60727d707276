"""espeak-ng, embedded: library and data come in the wheel `espeakng-loader`. 100+ languages, robotic, honest.

The same words give the same bytes only in a fresh process, and threads mix up its buffers (docs/engines.md): it must
be called once a process, which `parallel.each(chunk=1)` provides.
"""

import ctypes
import os
from pathlib import Path
from typing import ClassVar

import espeakng_loader
import numpy as np

from voicekit.clip import Clip
from voicekit.engines import Setting, Speech
from voicekit.errors import EngineError

# speak_lib.h
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_PARAMETERS = {"rate": 1, "pitch": 3, "range": 4, "wordgap": 7}
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """The engine that is always there."""

    name = "espeak"
    about = "espeak-ng, embedded: robotic, offline, 100+ languages"
    how_to_get = "comes with voicekit"
    parallel = None
    price = ""
    settings: ClassVar = {
        "rate": Setting(80, 450, 150, "words a minute"),
        "pitch": Setting(0, 99, 50, "base pitch"),
        "range": Setting(0, 99, 50, "pitch range, 0 is monotone"),
        "wordgap": Setting(0, 50, 0, "pause between words, units of 10 ms"),
    }

    def version(self) -> str:
        library = self._library()
        library.espeak_Info.restype = ctypes.c_char_p
        return str(library.espeak_Info(None).decode())

    def refusal(self, speech: Speech) -> str:
        base = speech.speaker.voice.split("+")[0]
        if base not in voices():
            return f'espeak-ng has no voice "{base}"; `voicekit doctor --voices` lists them'
        if not any(character.isalnum() for character in speech.text):
            return "nothing in it can be spoken: no letter and no digit"
        return ""

    def speak(self, speech: Speech) -> Clip:
        """One utterance at the rate of the voice data (22,050 Hz)."""
        library = self._library()
        data = os.fsencode(espeakng_loader.get_data_path())
        rate = library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, _INITIALIZE_DONT_EXIT)
        if rate <= 0:
            raise EngineError("espeak-ng does not start; reinstall the package espeakng-loader")
        pieces: list[bytes] = []

        def collect(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
            if count > 0:
                pieces.append(ctypes.string_at(samples, 2 * count))
            return 0

        callback = _CALLBACK(collect)  # held here: the library keeps only the pointer
        library.espeak_SetSynthCallback(callback)
        if library.espeak_SetVoiceByName(speech.speaker.voice.encode()):
            raise EngineError(f'espeak-ng refuses the voice "{speech.speaker.voice}"')
        for key, parameter in _PARAMETERS.items():
            library.espeak_SetParameter(parameter, int(speech.settings[key]), 0)
        text = speech.text.encode() + b"\0"
        if library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 1, 0, _CHARS_UTF8, None, None):
            raise EngineError("espeak-ng failed to speak this text")
        library.espeak_Synchronize()
        samples = np.frombuffer(b"".join(pieces), np.int16)
        if not samples.any():
            raise EngineError("espeak-ng gave no sound for this text")
        return Clip(samples.astype(np.float32) / np.float32(32768), rate)

    def _library(self) -> ctypes.CDLL:
        try:
            return ctypes.CDLL(espeakng_loader.get_library_path())
        except OSError as error:
            raise EngineError(f"espeak-ng does not load ({error}); reinstall the package espeakng-loader") from error


def voices() -> set[str]:
    """Names of the voice files: the language tags that espeak_SetVoiceByName takes, lower case."""
    root = Path(espeakng_loader.get_data_path()) / "lang"
    return {path.name.lower() for path in root.rglob("*") if path.is_file()}


ENGINE = Espeak()

"""A deterministic engine without a voice: for tests and dry runs. Each letter is a short tone."""

from typing import TYPE_CHECKING, ClassVar

from voicekit.engines import Key, Setting, Speech, wordless
from voicekit.text.stress import Stress

if TYPE_CHECKING:
    from voicekit.clip import Clip

RATE = 16000  # Hz
SYLLABLE = 0.06  # seconds a letter


class Tone:
    """The same words give the same samples, on every machine, for ever."""

    name = "tone"
    about = "tones in place of letters: deterministic, for tests and dry runs"
    how_to_get = "comes with voicekit"
    parallel = None
    fresh = False
    stress = Stress.DROP
    longest = 5000
    price = None
    service: ClassVar[dict[str, Key]] = {}
    settings: ClassVar[dict[str, Key]] = {"pitch": Setting(80, 400, 200, "Hz of the lowest tone")}

    def version(self) -> str:
        return "1"

    def refusal(self, speech: Speech) -> str:
        return wordless(speech.text)

    def speak(self, speech: Speech) -> "Clip":
        import numpy as np

        from voicekit.clip import Clip

        length = int(RATE * SYLLABLE)
        time = np.arange(length) / RATE
        swell = np.sin(np.pi * np.arange(length) / length)
        pitch = speech.settings["pitch"]
        tones = [
            swell * np.sin(2 * np.pi * (pitch + 25 * (ord(letter) % 32)) * time)
            if letter.isalnum()
            else np.zeros(length)
            for letter in speech.text
        ]
        samples = np.rint(np.concatenate(tones) * 12000) / 32768
        return Clip(samples.astype(np.float32), RATE)


ENGINE = Tone()

"""The gate that every new sound passes: is it the reference voice, and are these its words?

What is doubtful is kept as a Master and not built, until somebody has listened and said why it may be heard.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from voicekit import calibration, reading, voiceprint
from voicekit.calibration import Measured
from voicekit.voiceprint import EncoderMissingError
from voicekit.voices import Voice

if TYPE_CHECKING:
    from voicekit.clip import Source
    from voicekit.voiceprint.profile import Profile


@dataclass(frozen=True)
class Gate:
    """What a voice is to be, by language. `unchecked` says why a language has no profile."""

    measured: Mapping[str, Measured]
    profiles: "Mapping[str, Profile]"
    unchecked: Mapping[str, str] = field(default_factory=dict)

    def checks(self, sound: "Source", text: str, language: str) -> dict[str, Any]:
        """What the lock keeps of it: `voice` (a verdict), `margin` in cosine, and `doubts` by kind, in words."""
        doubts = {}
        checked: dict[str, Any] = {"voice": "not-checked"}
        if profile := self.profiles.get(language):
            (heard,) = voiceprint.encoder().prints([sound])
            judgement = profile.judge(heard)
            checked = {"voice": judgement.verdict.value, "margin": judgement.margin}
            if judgement.verdict in ("different", "not-speech"):
                doubts["voice"] = judgement.detail or "spoken by another voice than the reference voice"
        known = self.measured.get(language)
        if known and (words := reading.doubt(_seconds(sound), text, language, known.pace)):
            doubts["words"] = words
        return {**checked, "doubts": doubts} if doubts else checked


def _seconds(sound: "Source") -> float:
    """From the first sound of speech to the last; 0 for silence."""
    from voicekit.audio.finish import extent

    start, stop = extent(sound)
    return (stop - start) / sound.rate


def of(voice: Voice) -> Gate:
    """The gate of a voice, as it was calibrated."""
    measured = calibration.load(voice.folder)
    profiles, unchecked = {}, {}
    try:
        identity = voiceprint.encoder().identity
    except EncoderMissingError as error:
        return Gate(measured, {}, {language: str(error) for language in voice.speakers})
    from voicekit.voiceprint.profile import Profile

    for language, known in measured.items():
        profile = Profile.from_dict(known.profile) if known.profile else None
        if profile is None or profile.encoder != identity:
            unchecked[language] = f"calibrated without this speaker model; run voicekit voice calibrate {voice.name}"
        else:
            profiles[language] = profile
    for language in voice.speakers:
        if language not in measured:
            unchecked[language] = f"never calibrated; run voicekit voice calibrate {voice.name}"
    return Gate(measured, profiles, unchecked)

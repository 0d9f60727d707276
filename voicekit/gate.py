"""The gate that every new sound passes: is it the reference voice, and are these its words?

What is doubtful is kept as a Master and not built, until somebody has listened and said why it may be heard.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from voicekit import calibration, listening, reading, voiceprint
from voicekit.calibration import Measured
from voicekit.recognisers import Ear
from voicekit.voiceprint import EncoderMissingError
from voicekit.voices import Voice

if TYPE_CHECKING:
    from voicekit.clip import Source
    from voicekit.voiceprint.profile import Profile


@dataclass(frozen=True)
class Gate:
    """What a voice is to be, by language. `unchecked` says why a language has no profile; `ears` hear its words."""

    measured: Mapping[str, Measured]
    profiles: "Mapping[str, Profile]"
    unchecked: Mapping[str, str] = field(default_factory=dict)
    ears: Mapping[str, Ear] = field(default_factory=dict)

    def checks(self, sound: "Source", text: str, language: str) -> dict[str, Any]:
        """What the lock keeps of it: `voice` (a verdict), `margin` in cosine, `heard` (words) and the share of them
        that is `wrong`, where something listened, and `doubts` by kind, in words.
        """
        checked, doubt = self._voice(sound, language)
        said, reasons = self._words(sound, text, language)
        doubts = {"voice": doubt, "words": "; ".join(reasons)}
        kept = {kind: why for kind, why in doubts.items() if why}
        return {**checked, **said, **({"doubts": kept} if kept else {})}

    def _voice(self, sound: "Source", language: str) -> tuple[dict[str, Any], str]:
        """Whose voice it is, and why that is doubtful."""
        profile = self.profiles.get(language)
        if profile is None:
            return {"voice": "not-checked"}, ""
        (heard,) = voiceprint.encoder().prints([sound])
        judgement = profile.judge(heard)
        doubtful = judgement.verdict in ("different", "not-speech")
        doubt = (judgement.detail or "spoken by another voice than the reference voice") if doubtful else ""
        return {"voice": judgement.verdict.value, "margin": judgement.margin}, doubt

    def _words(self, sound: "Source", text: str, language: str) -> tuple[dict[str, Any], list[str]]:
        """What was heard, and why these are not its words."""
        known, ear = self.measured.get(language), self.ears.get(language)
        doubts = [reading.doubt(reading.spoken(sound), text, language, known.pace)] if known else []
        heard = listening.heard(ear, sound, text) if ear else None
        if heard is None:
            return {}, list(filter(None, doubts))
        return {"heard": heard.words, "wrong": heard.wrong}, list(filter(None, [*doubts, heard.doubt]))


def of(voice: Voice, ears: Mapping[str, Ear] | None = None) -> Gate:
    """The gate of a voice, as it was calibrated. Raises `InputError` for a named model that is none."""
    measured, hearing = calibration.load(voice.folder), ears or {}
    profiles, unchecked = {}, {}
    try:
        identity = voiceprint.encoder().identity
    except EncoderMissingError as error:
        return Gate(measured, {}, {language: str(error) for language in voice.speakers}, hearing)
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
    return Gate(measured, profiles, unchecked, hearing)

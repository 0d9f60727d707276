"""A new voice: its folder and its profile, ready to be calibrated."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from voicekit import engines, fs, toml, voices
from voicekit.errors import InputError
from voicekit.outcome import Outcome, Verdict
from voicekit.voices import HUMAN
from voicekit.wordlists.ids import check_id


def apply(
    root: Path,
    name: str,
    engine: str,
    speakers: Mapping[str, str],
    *,
    licence: str,
    consent: str = "",
    stand_in: str = "",
) -> Iterator[Outcome]:
    """Write `voices/<name>/voice.toml` in the workspace `root`; nothing that is there is overwritten.

    Raises `InputError` for what would be no profile: no licence, an engine or an engine's voice that there is not.
    """
    folder = root / "voices" / name
    if "/" in name or check_id(name):
        raise InputError(f'"{name}" can\'t name a voice; use A-Z, a-z, 0-9, _ and -')
    if folder.exists():
        raise InputError(f"{folder}: there is a voice of this name already; edit it, or take another name")
    if not licence:
        raise InputError("say what you may do with the sound: --licence NAME")
    if engine != HUMAN:
        engines.get(engine)
    path = folder / "voice.toml"
    fs.write(path, _profile(engine, speakers, licence, consent, stand_in).encode())
    try:
        engines.of(voices.load(folder))
    except InputError:
        path.unlink()
        folder.rmdir()
        raise
    yield Outcome(f"voices/{name}/voice.toml", Verdict.DONE, "written", remedy=f'reference_voice = "{name}" takes it')


def _profile(engine: str, speakers: Mapping[str, str], licence: str, consent: str, stand_in: str) -> str:
    lines = ["version = 1", f"engine = {toml.quote(engine)}", f"licence = {toml.quote(licence)}"]
    lines += [f"stand_in = {toml.quote(stand_in)}"] if stand_in else []
    lines += ["", "[consent]", f"name = {toml.quote(consent)}"] if consent else []
    for language, voice in speakers.items():
        lines += ["", f"[languages.{language}]", f"voice = {toml.quote(voice)}"]
    return "\n".join(lines) + "\n"

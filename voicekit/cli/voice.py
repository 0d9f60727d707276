"""The reference voice: make it, measure it, and ask whether it is still the one that speaks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicekit.cli import console
from voicekit.cli.options import Directory, Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicekit.voiceprint.profile import Profile
    from voicekit.workspace import Workspace

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make, measure and check voices.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="A folder in voices/; else the reference voice.")]
Recordings = Annotated[
    list[Path] | None,
    typer.Option("--from", metavar="FILE|DIR", help="Recordings of the person, 30 s in all; may be repeated."),
]
Language = Annotated[str, typer.Option("--language", "-l", help="Of the recordings; else the first of the workspace.")]


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A folder of this name in voices/ is made.")],
    engine: Annotated[str, typer.Option("--engine", help="What speaks; `voicekit doctor` lists them.")] = "human",
    voices: Annotated[
        list[str] | None,
        typer.Option("--voice", metavar="LANG=NAME", help="The engine's voice of a language; may be repeated."),
    ] = None,
    licence: Annotated[str, typer.Option("--licence", help="What you may do with the sound.")] = "",
    consent: Annotated[str, typer.Option("--consent", metavar="PERSON", help="Whose voice it is, who agreed.")] = "",
    stand_in: Annotated[
        str, typer.Option("--stand-in", metavar="VOICE", help="Speaks for a human voice in emergencies.")
    ] = "",
    recordings: Recordings = None,
    language: Language = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Make a voice and measure it: of an engine, which reads a calibration text, or of a person, from recordings.

    Example: voicekit voice new robot2 --engine espeak --voice ru=ru --voice en=en-us+f3 --licence GPL-3.0-or-later
    """
    from voicekit import workspace
    from voicekit.jobs import calibrate, new_voice

    found = workspace.find(directory)
    tongue = language or found.languages[0]
    if bool(recordings) != (engine == "human"):
        raise typer.BadParameter("a person's voice is made --from recordings, an engine's with --engine and --voice")
    speakers = {tongue: consent or "human"} if recordings else _speakers(voices or [], found.languages)
    clips = calibrate.recorded(recordings) if recordings else []  # before anything is written
    with found.exclusive():
        written = new_voice.apply(
            found.root, name, engine, speakers, licence=licence, consent=consent, stand_in=stand_in
        )
        console.show(written, as_json=as_json, brief=False)
        folder = found.root / "voices" / name
        made = calibrate.from_recordings(folder, tongue, clips) if clips else calibrate.apply(folder)
        console.show(made, as_json=as_json, brief=False)


def _speakers(voices: list[str], languages: tuple[str, ...]) -> dict[str, str]:
    """`--voice ru=anna`; an engine's voices are named as languages are where nothing is said."""
    if wrong := next((voice for voice in voices if not all(voice.partition("="))), ""):
        raise typer.BadParameter(f"--voice {wrong}: say LANG=NAME, as in ru=anna")
    pairs = [voice.partition("=")[::2] for voice in voices]
    return dict(pairs) if pairs else {language: language for language in languages}


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As the list has it; without it: the list.")] = "",
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="A copy, for a machine without internet.")
    ] = None,
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Fetch a good free voice from its home, prove it, and measure it. Without NAME: list them.

    Example: voicekit voice fetch piper:ru_RU-denis-medium
    """
    from voicekit import workspace
    from voicekit.jobs import calibrate, fetch_voice

    if not name:
        console.show(fetch_voice.table(), as_json=as_json, brief=False)
        return
    found = workspace.find(directory)
    with found.exclusive():
        console.show(fetch_voice.apply(found, name, source), as_json=as_json, brief=False)
        console.show(calibrate.apply(fetch_voice.folder(found, name)), as_json=as_json, brief=False)


@app.command()
def calibrate(
    name: Name = "",
    recordings: Recordings = None,
    language: Language = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Measure a voice anew: from now on it is to sound as it does today.

    An engine reads the calibration text; a person's voice takes recordings.

    Example: voicekit voice calibrate
    """
    from voicekit import workspace
    from voicekit.jobs import calibrate as job

    found = workspace.find(directory)
    folder = _folder(found, name)
    with found.exclusive():
        if recordings:
            made = job.from_recordings(folder, language or found.languages[0], job.recorded(recordings))
        else:
            made = job.apply(folder, (language,) if language else ())
        console.show(made, as_json=as_json, brief=False)


@app.command()
def drift(name: Name = "", directory: Directory = Path(), as_json: Json = False) -> None:
    """Have the engine read the calibration text again, and say whether it still sounds as it did.

    `revoice` does this by itself when the engine's version or model changed, and every 30 days.

    Example: voicekit voice drift
    """
    from voicekit import workspace
    from voicekit.jobs import drift_voice

    console.show(drift_voice.apply(_folder(workspace.find(directory), name)), as_json=as_json, brief=False)


@app.command()
def check(
    places: Annotated[list[Path], typer.Argument(metavar="DIR|FILE", help="Sounds in any format, of any PBX.")],
    voice: Annotated[
        str, typer.Option("--voice", metavar="NAME", help="Expect this one; else the reference voice.")
    ] = "",
    alone: Annotated[bool, typer.Option("--alone", help="Expect nobody: name what does not fit the rest.")] = False,
    words: Annotated[bool, typer.Option("--words", help="Ask instead whether it says the catalogue's words.")] = False,
    language: Annotated[
        str, typer.Option("--language", "-l", help="With --words: of the sounds, where no folder is named by it.")
    ] = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Say of each sound whether the reference voice speaks it; or, with --words, whether it says its words.

    Example: voicekit voice check build/sounds/ru
    """
    from voicekit import workspace
    from voicekit.jobs import check_voice, check_words
    from voicekit.state import Situation

    if words:
        if alone or voice:
            raise typer.BadParameter("--words asks what is said, not who says it: leave out --alone and --voice")
        situation = Situation.read(workspace.find(directory))
        console.show(check_words.check(situation, places, language), as_json=as_json)
        return
    profiles: Mapping[str, Profile] = {} if alone else _profiles(directory, voice)
    console.show(check_voice.check(places, profiles), as_json=as_json)


def _profiles(directory: Path, voice: str) -> "Mapping[str, Profile]":
    from voicekit import gate, voices, workspace
    from voicekit.errors import InputError

    guard = gate.of(voices.load(_folder(workspace.find(directory), voice)))
    if not guard.profiles:
        raise InputError(f"{next(iter(guard.unchecked.values()), 'no profile')}; or --alone compares the sounds alone")
    return guard.profiles


@app.command()
def compare(
    one: Annotated[Path, typer.Argument(metavar="A", help="A folder or file: some seconds of speech.")],
    other: Annotated[Path, typer.Argument(metavar="B", help="Another.")],
    as_json: Json = False,
) -> None:
    """Say whether two folders, or two files, are of one voice.

    Example: voicekit voice compare build/sounds/ru takes
    """
    from voicekit.jobs import check_voice

    console.show(check_voice.compare(one, other), as_json=as_json, brief=False)


@app.command()
def cluster(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Sounds in any format.")], as_json: Json = False
) -> None:
    """Say how many voices speak in a folder, which is the main one, and who the others are.

    Example: voicekit voice cluster /var/lib/asterisk/sounds/ru
    """
    from voicekit.jobs import check_voice

    console.show(check_voice.cluster(folder), as_json=as_json, brief=False)


@app.command()
def lexicon(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Is written: acme.pls")],
    language: Annotated[str, typer.Option("--language", "-l", help="Whose words; a PLS holds one language.")],
    name: Annotated[str, typer.Option("--voice", metavar="NAME", help="A folder in voices/; else the reference.")] = "",
    directory: Directory = Path(),
    as_json: Json = False,
) -> None:
    """Write the lexicon as PLS, which services like Amazon Polly keep in the account.

    Example: voicekit voice lexicon acme.pls --language en
    """
    from voicekit import workspace
    from voicekit.jobs import export_lexicon

    folder = _folder(workspace.find(directory), name)
    console.show(export_lexicon.apply(folder, target, language), as_json=as_json)


def _folder(found: "Workspace", name: str) -> Path:
    from voicekit import toml
    from voicekit.errors import InputError

    known = {path.parent.name for path in found.root.glob("voices/*/voice.toml")}
    if name and name not in known:
        raise InputError(toml.unknown("voice", name, known) + " (folders in voices/)")
    return found.root / "voices" / name if name else found.voice

"""A new workspace that works at once."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from voicekit import fs, workspace
from voicekit.errors import InputError
from voicekit.outcome import Outcome, Verdict

VOICE = "robot"
FORMATS = ("sln16", "g722", "ulaw", "alaw")  # docs/formats.md: the smallest good set for a mixed PBX
LANGUAGES = ("ru", "en")


def apply(folder: Path, *, name: str = "", languages: tuple[str, ...] = LANGUAGES) -> Iterator[Outcome]:
    """Write the files of a workspace into `folder` (made if need be); nothing that is there is overwritten.

    Languages without starter prompts, or that the starter voice does not speak, get an `InputError`.
    """
    folder = folder.resolve()
    if (folder / workspace.FILE).exists():
        raise InputError(f"{folder / workspace.FILE}: there is a workspace already")
    if not languages:
        raise InputError(f"no language for {folder}; leave --languages away for {','.join(LANGUAGES)}")
    starter = files("voicekit") / "starter"
    for language in languages:
        if language not in LANGUAGES:
            raise InputError(
                f'no starter for "{language}", only for {" and ".join(LANGUAGES)}; add others by hand later'
            )
    content = {
        f"voices/{VOICE}/voice.toml": (starter / "voice.toml").read_text("utf-8"),
        f"voices/{VOICE}/lexicon.toml": (starter / "lexicon.toml").read_text("utf-8"),
        ".gitignore": (starter / "gitignore").read_text("utf-8"),
    }
    for language in languages:
        content[f"prompts/{language}/main.toml"] = (starter / f"prompts.{language}.toml").read_text("utf-8")
    # Last: a folder is a workspace once this file is there.
    content[workspace.FILE] = workspace.template(name or folder.name, languages, FORMATS, VOICE)
    for relative, text in content.items():
        path = folder / relative
        if path.exists():
            yield Outcome(relative, Verdict.KEPT, "kept", "was there before")
            continue
        fs.write(path, text.encode())
        yield Outcome(relative, Verdict.DONE, "written")

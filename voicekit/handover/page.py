"""HANDOVER.md: what the next person has to know, in English and in Russian."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files

from voicekit import __version__, engines, gallery, release, voices
from voicekit.errors import VoicekitError
from voicekit.handover import File
from voicekit.outcome import Outcome
from voicekit.release import channels, stock
from voicekit.state import Situation
from voicekit.stores import Store, address
from voicekit.voices import Permission, Voice

LANGUAGES = ("en", "ru")
_NOTHING = "-"
_VARIABLE = re.compile("[A-Z_][A-Z0-9_]*")
_OPTIONS = ("endpoint_url", "region", "profile")


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the page tells."""

    situation: Situation
    shelf: Store
    voices: Sequence[Voice]
    files: Sequence[File]
    left_out: Sequence[Outcome]
    date: str


def written(facts: Facts) -> str:
    """The page: the same facts under the headings of both languages."""
    told = {
        "workspace": facts.situation.workspace.name,
        "date": facts.date,
        "version": __version__,
        "contents": _list(_contents(facts)),
        "voices": _list(line for voice in facts.voices for line in _voice(voice, facts.files)),
        "stores": _list(f"`{name}`: {_address(where)}" for name, where in facts.situation.workspace.stores.items()),
        "releases": _list(_releases(facts.shelf)),
        "keys": _list(_keys(facts)),
        "left_out": _list(f"`{one.subject}`: {one.detail}" for one in facts.left_out),
    }
    return "\n\n".join(
        (files(__package__) / f"page.{language}.md").read_text("utf-8").format(**told) for language in LANGUAGES
    )


def _list(lines: Iterable[str]) -> str:
    """A Markdown list; a line that is indented belongs to the one above."""
    return "\n".join(f"  - {line.lstrip()}" if line[:1] == " " else f"- {line}" for line in lines) or _NOTHING


def variables(all_voices: Iterable[Voice]) -> set[str]:
    """Names of the variables that hold keys, as the voices say, and as engines do where voices say nothing."""
    found = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    for name in engines.names():
        with suppress(VoicekitError):
            default = engines.get(name).service.get("key_env")
            found |= {default.default} if isinstance(default, engines.Text) else set()
    for voice in all_voices:
        if name := _service(voice, "key_env"):
            if not _VARIABLE.fullmatch(name):  # perhaps the key itself: not quoted
                reason = "key_env must be a variable's name in capital letters, never the key; correct it"
                raise voice.document.wrong(reason, "service", "key_env")
            found.add(name)
    return found - {""}


def every_voice(situation: Situation) -> list[Voice]:
    """All voices of a workspace. One that can't be read is an error: nobody knows where its key is, if not in it."""
    return [voices.load(path.parent) for path in sorted(situation.workspace.root.glob("voices/*/voice.toml"))]


def _contents(facts: Facts) -> Iterator[str]:
    states = Counter((state.key[0], state.kind.value) for state in facts.situation.states() if state.prompt)
    for (language, kind), count in sorted(states.items()):
        yield f"{language}: {count} {kind}"
    for folder in ("masters", "takes", "voices", "store"):
        inside = [file for file in facts.files if file.path.startswith(f"{folder}/")]
        if inside:
            yield f"`{folder}/`: {len(inside)}, {sum(file.bytes for file in inside) / 1e6:.1f} MB"


def _voice(voice: Voice, all_files: Sequence[File]) -> Iterator[str]:
    yield f"`{voice.name}`: {voice.engine}, {', '.join(voice.people)}. {voice.description}".rstrip(". ")
    yield f"  licence: {_permission(voice.licence)}"
    if voice.consent:
        yield f"  consent: {_permission(voice.consent)}"
    sources = {file.sha256: file.url for row in gallery.load().values() for file in row.files}
    own = (f"voices/{voice.name}/voice.toml", f"voices/{voice.name}/lexicon.toml")
    for file in all_files:
        if file.path.startswith(f"voices/{voice.name}/") and file.path not in own:
            yield f"  `{file.path}`: SHA-256 {file.sha256} {sources.get(file.sha256, '')}".rstrip()
    yield from (f"  {language}: `{speaker.voice}`" for language, speaker in voice.speakers.items())


def _permission(permission: Permission) -> str:
    return " ".join(filter(None, (permission.name, permission.url, permission.date, permission.note)))


def _address(text: str) -> str:
    """With those options only that are known to hold no secret."""
    where = address.parse(text)
    known = "&".join(f"{name}={where.options[name]}" for name in _OPTIONS if name in where.options)
    return f"{where.name}?{known}" if known else where.name


def _releases(shelf: Store) -> Iterator[str]:
    for name, stat in stock.releases(shelf).items():
        yield f"`{name[: release.SHORT]}`: {stat.modified:%Y-%m-%d}"
    for channel in channels.everyone(shelf):
        yield f"{channel.name}: `{channel.release[: release.SHORT]}`, {channel.by}, {channel.at}"


def _keys(facts: Facts) -> Iterator[str]:
    for voice in facts.voices:
        if name := _service(voice, "key_env"):
            yield f"`{voice.name}` ({voice.engine}): ${name}"
        if profile := _service(voice, "profile"):
            yield f"`{voice.name}` ({voice.engine}): ~/.aws, profile {profile}"
    for name, text in facts.situation.workspace.stores.items():
        where = address.parse(text, facts.situation.workspace.root)
        if where.scheme == "s3":
            profile = where.options.get("profile", "")
            yield f"`{name}`: ~/.aws{f', profile {profile}' if profile else ', $AWS_ACCESS_KEY_ID'}"
        elif where.scheme == "sftp":
            yield f"`{name}`: ~/.ssh, ssh-agent"


def _service(voice: Voice, key: str) -> str:
    """What a voice says of how its engine is reached, or what the engine takes where it says nothing."""
    if key in voice.service:
        return str(voice.service[key])
    try:
        engine = None if voice.human else engines.get(voice.engine)
    except VoicekitError:
        return ""
    setting = {**engine.settings, **engine.service}.get(key) if engine else None
    return str(setting.default) if isinstance(setting, engines.Text) else ""

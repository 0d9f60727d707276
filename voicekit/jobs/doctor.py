"""What this machine has and lacks, and how to get it."""

import platform
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from voicekit import __version__, engines, extras, formats, recognisers, voiceprint
from voicekit.errors import VoicekitError
from voicekit.hosts import local, player
from voicekit.outcome import Outcome, Verdict

_LIBRARIES = ("numpy", "soundfile", "soxr", "av", "typer", "gtts", "espeakng-loader", "openpyxl")

_MODEL = ("--no-deps", "resemblyzer==0.1.4")  # its weights; the package itself is never imported
_INSTALLING = 600.0  # s


def apply() -> Iterator[Outcome]:
    """One outcome a thing: verdict kept when it is here, skipped when it is not (nothing here is an error)."""
    yield _here("voicekit", __version__)
    yield _here("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}")
    yield from _engines()
    yield _formats()
    yield _speaker_model()
    yield from _recognisers()
    yield _player()
    yield _program("git", "keeps Masters safe, and brings them back", "apt-get install git")
    yield _program("asterisk", "no Asterisk on this machine", "not needed; voicekit only works on its files")
    for name in _LIBRARIES:
        try:
            yield _here(f"library {name}", version(name))
        except PackageNotFoundError:
            yield _lacking(f"library {name}", "", f"pip install {name}")
    yield Outcome(
        "a better voice",
        Verdict.SKIPPED,
        "step-up",
        "espeak-ng is a robot; gtts sounds better but is online",
        "voicekit voice fetch lists good free voices; docs/voice-fetch.md",
    )


def fix() -> Iterator[Outcome]:
    """Install what voicekit can install by itself: the speaker model, into the environment that runs it."""
    outcome = _speaker_model()
    if outcome.verdict is Verdict.KEPT:
        yield outcome
        return
    for argv in _installers():
        done = local.run([*argv, *_MODEL], limit=_INSTALLING)
        if done.code == 0:
            yield Outcome("speaker model", Verdict.DONE, "installed", " ".join(_MODEL))
            return
    detail = done.err.splitlines()[-1] if done.err else "the installer failed"
    yield Outcome("speaker model", Verdict.FAILED, "not-installed", detail, f"pip install {' '.join(_MODEL)}")


def _installers() -> Iterator[list[str]]:
    """pip of this environment; or, where it has none (uv, Debian), one that is on the machine, aimed at it."""
    yield [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if uv := local.find("uv"):
        yield [uv, "pip", "install", "--quiet", "--python", sys.executable]
    if pip := local.find("pip3", "pip"):
        yield [pip, "--python", sys.executable, "install", "--quiet", "--disable-pip-version-check"]


def _speaker_model() -> Outcome:
    found = _tried("speaker model", lambda: f"{voiceprint.encoder().identity}: the voice gate compares voices")
    if found.verdict is Verdict.KEPT:
        return found
    return _lacking("speaker model", "voices are not checked", found.detail)


def _recognisers() -> Iterator[Outcome]:
    for name in recognisers.names():
        yield _tried(f"recogniser {name}", partial(_about, recognisers.get, name))


def voices() -> Iterator[Outcome]:
    """The names that a profile may give to the embedded engine."""
    from voicekit.engines import espeak  # of the extra `voice`

    for name in sorted(espeak.voices()):
        yield Outcome(name, Verdict.KEPT, "voice")


def _engines() -> Iterator[Outcome]:
    for name in engines.names():
        yield _tried(f"engine {name}", partial(_about, engines.get, name))


def _about(get: Callable[[str], Any], name: str) -> str:
    found = get(name)
    return f"{found.version()}: {found.about}"


def _tried(subject: str, told: Callable[[], str]) -> Outcome:
    """What it tells of itself; or why it can't."""
    try:
        return _here(subject, told())
    except VoicekitError as error:
        return _lacking(subject, str(error), "")
    except ModuleNotFoundError as error:
        return _lacking(subject, extras.lacking(error) or str(error), "")
    except ImportError as error:
        return _lacking(subject, str(error), "reinstall its package")


def _formats() -> Outcome:
    written = [name for name, row in formats.TABLE.items() if not row.refusal]
    return _here("formats", f"writes {', '.join(written)}; `voicekit formats` explains all {len(formats.TABLE)}")


def _player() -> Outcome:
    try:
        return _here("player", player.command()[0])
    except VoicekitError as error:
        return _lacking("player", str(error), "apt-get install alsa-utils")


def _program(name: str, purpose: str, remedy: str) -> Outcome:
    path = local.find(name)
    return _here(name, path) if path else _lacking(name, purpose, remedy)


def _here(subject: str, detail: str) -> Outcome:
    return Outcome(subject, Verdict.KEPT, "here", detail)


def _lacking(subject: str, detail: str, remedy: str) -> Outcome:
    return Outcome(subject, Verdict.SKIPPED, "lacking", detail, remedy)

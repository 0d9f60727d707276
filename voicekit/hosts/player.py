"""Whatever plays sound on this machine."""

from pathlib import Path

from voicekit.errors import InputError
from voicekit.hosts import local

LIMIT = 3600.0  # seconds; whoever listens can press Ctrl-C
# Each takes a WAV file; the first that is installed is used.
PLAYERS = {
    "pw-play": (),
    "paplay": (),
    "aplay": ("-q",),
    "ffplay": ("-nodisp", "-autoexit", "-loglevel", "error"),
    "mpv": ("--no-video", "--really-quiet"),
    "play": ("-q",),
    "afplay": (),
}


def command() -> list[str]:
    """The player of this machine with its arguments; `InputError` names what could be installed."""
    for name, arguments in PLAYERS.items():
        if path := local.find(name):
            return [path, *arguments]
    raise InputError(
        f"no player here ({', '.join(PLAYERS)}); install one, like alsa-utils, or send the page of `voicekit proof`"
    )


def play(wav: Path) -> str:
    """Play a WAV file to its end; returns "" or what the player complained of, in one line."""
    player = command()
    done = local.run([*player, str(wav)], limit=LIMIT)
    if not done.code:
        return ""
    return f"{Path(player[0]).name}: {done.err.splitlines()[-1] if done.err else f'exit code {done.code}'}"

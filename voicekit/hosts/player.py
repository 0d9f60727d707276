"""Whatever plays sound on this machine."""

import time
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


def play(wav: Path, seconds: float) -> str:
    """Play a WAV file of that length to its end; returns "" or what went wrong, in one line.

    A player without a loudspeaker may call that a success (ffplay does): one that ends much too soon played nothing.
    """
    player = command()
    start = time.monotonic()
    done = local.run([*player, str(wav)], limit=LIMIT)
    if not done.code:
        soon = seconds > 1 and time.monotonic() - start < seconds / 2
        return f"{Path(player[0]).name} ended at once; is there a loudspeaker here?" if soon else ""
    return f"{Path(player[0]).name}: {done.err.splitlines()[-1] if done.err else f'exit code {done.code}'}"

"""An archived recording, to be heard here, or in a browser."""

from collections.abc import Callable, Iterator

from voicekit.calls import access, departed, playable
from voicekit.calls.chain import Kind
from voicekit.calls.index import base, shown
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.read import Index
from voicekit.calls.keys import Keyring
from voicekit.calls.restore import Restorer
from voicekit.calls.serve import serving
from voicekit.calls.settings import Settings
from voicekit.hosts import player
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Store


def apply(
    settings: Settings,
    ring: Keyring | None,
    store: Store,
    recording: str,
    reason: str,
    *,
    wait: Callable[[], None] | None = None,
) -> Iterator[Outcome]:
    """Play it; with `wait`, serve it at an address of this machine alone, which an outcome tells, until it returns."""
    if wait is None:
        player.command()  # none here: said before the store is asked
    yield from caught_up(settings, ring, store)
    with base.reading(settings.index) as opened:
        chosen, odd = shown.chosen(Index(opened), [recording])
    yield from departed.told(settings, ring, store, odd)
    for known in chosen:
        name = known.receipt.recording
        access.say(settings, ring, store, Kind.ACCESS, [name], reason, "play")
        path = str(known.sidecar.get("path", ""))
        with playable.wav(Restorer(store, ring), known.receipt, path) as wav:
            if wait is not None:
                with serving(wav) as url:
                    yield Outcome(name, Verdict.DONE, "serving", url, "open it here, then press Enter", {"url": url})
                    wait()
                yield Outcome(name, Verdict.DONE, "served", "its address is no more")
                continue
            seconds = playable.seconds(wav)
            if complaint := player.play(wav, seconds):
                yield Outcome(name, Verdict.FAILED, "player-failed", complaint, "or listen in a browser: --serve")
            else:
                yield Outcome(name, Verdict.DONE, "played", f"{seconds:.1f} s")

"""Recordings at addresses that end by themselves, for who has no key: only where the store's objects can be heard."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from voicekit.calls import access, departed
from voicekit.calls.chain import Kind
from voicekit.calls.encode import Encoding
from voicekit.calls.index import base, shown
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.read import SHORT, Index, Known
from voicekit.calls.keys import Keyring
from voicekit.calls.restore import Restorer
from voicekit.calls.settings import Settings
from voicekit.errors import InputError, VoicekitError
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Store

LONGEST = 7 * 86_400  # seconds: S3's own limit

# By the end of the name: what browsers play, or show. In WAV is GSM, which they do not.
_MEDIA = {
    "flac": "audio/flac", "ogg": "audio/ogg", "wav": "audio/wav", "mp3": "audio/mpeg", "m4a": "audio/mp4",
    "txt": "text/plain; charset=utf-8",
}  # fmt: skip
_MADE = {Encoding.FLAC: "flac", Encoding.OPUS: "ogg"}
_END = re.compile(r"\.([A-Za-z0-9]{1,8})")


def apply(
    settings: Settings, ring: Keyring | None, store: Store, recordings: Sequence[str], seconds: int, reason: str
) -> Iterator[Outcome]:
    """An address for each, good for so long. What is sealed has none, and is told."""
    if not 0 < seconds <= LONGEST:
        raise InputError("a link is good for seven days at the most: --for 7d")
    yield from caught_up(settings, ring, store)
    with base.reading(settings.index) as opened:
        chosen, odd = shown.chosen(Index(opened), recordings)
    yield from departed.told(settings, ring, store, odd)
    plain = [known for known in chosen if not known.receipt.sealed]
    for known in chosen:
        if known.receipt.sealed:
            detail = "it is sealed with your key: no link opens it"
            yield Outcome(
                known.receipt.recording, Verdict.SKIPPED, "sealed", detail, "voicekit calls export makes a file"
            )
    access.say(settings, ring, store, Kind.ACCESS, [one.receipt.recording for one in plain], reason, "share")
    restorer = Restorer(store, ring)
    for known in plain:
        yield _shared(restorer, known, seconds)


def _shared(restorer: Restorer, known: Known, seconds: int) -> Outcome:
    receipt, store = known.receipt, restorer.store
    try:
        if receipt.adopted:
            restorer.prove(receipt)
    except VoicekitError as error:
        return Outcome(receipt.recording, Verdict.FAILED, "not-verified", str(error))
    end = _MADE.get(Encoding(receipt.encoding)) or _end(str(known.sidecar.get("path", "")))
    media = _MEDIA.get(end, "application/octet-stream")
    if not (url := store.link(restorer.object(receipt), seconds, f"{receipt.recording[:SHORT]}.{end}", media)):
        return Outcome(receipt.recording, Verdict.SKIPPED, "no-links", f"{store.name} gives no links", "export it")
    kind = end if end in _MEDIA else f"{end}: no browser plays it; voicekit calls export has a WAV"
    return Outcome(receipt.recording, Verdict.DONE, "shared", f"{url} ({kind})", data={"url": url, "seconds": seconds})


def _end(path: str) -> str:
    found = _END.fullmatch(PurePosixPath(path).suffix)
    return found[1] if found else "bin"

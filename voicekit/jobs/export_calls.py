"""Recordings for somebody else, with all that proves them, in one file."""

from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from voicekit.calls import access, case, departed, notes
from voicekit.calls.case import Case, Given, Proof, Proofs
from voicekit.calls.chain import Kind
from voicekit.calls.index import base, shown
from voicekit.calls.index.follow import caught_up
from voicekit.calls.index.read import Index, Known
from voicekit.calls.keys import Keyring
from voicekit.calls.restore import Restorer
from voicekit.calls.settings import Settings
from voicekit.errors import VerificationError, VoicekitError
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.stores import Store


def apply(
    settings: Settings, ring: Keyring | None, store: Store, recordings: Sequence[str], path: Path, reason: str
) -> Iterator[Outcome]:
    """Write these recordings, by their names or the beginnings of them, into a new zip at `path`.

    One that can't be given back is an outcome, and not in it; where none can, there is no zip. Raises
    `VerificationError` where a ledger is damaged.
    """
    yield from caught_up(settings, ring, store)
    try:
        yield from _written(settings, ring, store, recordings, path, reason)
    except _NoneError:
        detail = "not written, for none of these recordings can be given"
        yield Outcome(str(path), Verdict.FAILED, "not-written", detail)


class _NoneError(Exception):
    """What is written is given up."""


def _written(
    settings: Settings, ring: Keyring | None, store: Store, recordings: Sequence[str], path: Path, reason: str
) -> Iterator[Outcome]:
    with case.written(path) as file, base.reading(settings.index) as opened:
        chosen, odd = shown.chosen(Index(opened), recordings)
        yield from departed.told(settings, ring, store, odd)
        access.say(settings, ring, store, Kind.ACCESS, [one.receipt.recording for one in chosen], reason, "export")
        found = case.proofs(settings, store, [one.receipt.recording for one in chosen])
        with Case(file) as made:
            done = yield from _recordings(made, Restorer(store, ring), chosen, found)
            if not done:
                raise _NoneError
            made.finish(found, case.statements(settings, done, notes.actor(), datetime.now(UTC)))
    detail = f"{counted(len(done), 'recording')}, with receipts and a statement in English and Russian"
    yield Outcome(str(path), Verdict.DONE, "written", detail)


def _recordings(
    made: Case, restorer: Restorer, chosen: Sequence[Known], found: Proofs
) -> Generator[Outcome, None, list[Given]]:
    done = []
    for known in chosen:
        name = known.receipt.recording
        try:
            proof = _proof(found.of.get(name), known)
            mute = made.recording(restorer, known, proof)
        except VoicekitError as error:
            yield Outcome(name, Verdict.FAILED, "not-exported", str(error))
            continue
        done.append((known, proof, not mute))
        yield Outcome(name, Verdict.DONE, "exported", f"{known.receipt.size} bytes")
        if mute:
            yield Outcome(name, Verdict.SKIPPED, "no-listen", f"without listen.wav: {mute}")
    return done


def _proof(found: Proof | None, known: Known) -> Proof:
    if found is None:
        raise VerificationError(f"{known.receipt.recording}: no ledger has its receipt any more; verify the archive")
    return found

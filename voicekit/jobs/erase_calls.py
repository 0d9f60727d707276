"""Recordings of a person, gone for good: sound, key, sidecar, index, files of the spool, and what was said of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from voicekit import deploy
from voicekit.calls import certificate, notes, persons, purge, removal, removing, run
from voicekit.calls.certificate import Item
from voicekit.calls.chain import Kind
from voicekit.calls.history import History, history_of
from voicekit.calls.index import base, shown
from voicekit.calls.index.follow import caught_up, read_by_others
from voicekit.calls.index.read import SHORT, Known
from voicekit.calls.index.selection import Selection, chosen, incomplete
from voicekit.calls.keys import Keyring
from voicekit.calls.notes import Note
from voicekit.calls.purge import Purged
from voicekit.calls.removing import Cases
from voicekit.calls.run import Run
from voicekit.calls.seen import Known as Seen
from voicekit.calls.settings import Settings, Spool
from voicekit.errors import InputError, VoicekitError
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.pbx import recording_names
from voicekit.stores import Cap, Store

_LEFT = "not-erased"


def plan(settings: Settings, ring: Keyring | None, store: Store, selection: Selection) -> Iterator[Outcome]:
    """What would be erased, every place of it, and what voicekit can't reach. Nothing is written."""
    yield from caught_up(settings, ring, store)
    history = history_of(settings, store, ring)
    with base.reading(settings.index) as opened:
        found, planned, cases = chosen(opened, selection), list[Known](), Cases(store, ring)
        for known in found:
            recording = known.receipt.recording
            if held := cases.refusal(history, recording):
                yield held
                continue
            planned.append(known)
            detail = shown.line(known, settings.zone)
            yield Outcome(recording[:SHORT], Verdict.SKIPPED, "would-erase", detail, data={"recording": recording})
            for place in _places(store, known):
                yield Outcome(recording[:SHORT], Verdict.SKIPPED, "place", place)
            for day, what, by in _accesses(history, recording):
                detail = f"was given out, or was to be, so that a copy may exist: {day} {what} by {by}"
                yield Outcome(recording[:SHORT], Verdict.SKIPPED, "beyond", detail)
        yield from incomplete(opened, selection)
    if not found:
        yield _none("no recording in the archive is as this asks for")
    for english, _ in certificate.beyond(settings.cdr, _calls(planned)) if planned else ():
        yield Outcome("beyond", Verdict.SKIPPED, "beyond", english.strip())


def apply(
    settings: Settings, ring: Keyring | None, store: Store, selection: Selection, reason: str
) -> Iterator[Outcome]:
    """An outcome for each recording; then what runs before this one have left undone is done too, and an outcome
    `certificate` has the text of it. Nothing that is on hold goes.

    `reason` stays in the ledger's note: `InputError` where it names one of those whom it erases.
    """
    if selection:
        notes.checked(Note(reason))
        yield from map(_behind, caught_up(settings, ring, store))
    with run.opened(settings, ring, store) as this:
        if this.damaged:
            yield from removing.unknown(this.damaged)
            return
        found: list[Known] = []
        if selection:
            with base.reading(settings.index) as opened:
                found = chosen(opened, selection)
                yield from incomplete(opened, selection)
        yield from _said(this, found, reason)
        items = []

        @cache  # one note is of all that was erased at once
        def reason_of(key: str) -> str:
            note = notes.readable(this.store, this.archiver.ring, key)
            return note.reason if note else ""

        for purged in removing.begun(this):
            yield removing.outcome(purged, "erased")
            if not purged.error and this.history.erased(purged.receipt.recording):
                items.append(_item(this, purged, reason_of))
        yield from _off_this_machine(this)
        purge.orphans(this)
        this.publish()
        followed = list(map(_behind, caught_up(settings, ring, store, wipe=True)))
        yield from followed
    if items:
        erased = {item.recording for item in items}
        calls = _calls([one for one in found if one.receipt.recording in erased])
        beyond = certificate.beyond(settings.cdr, calls)
        text = certificate.text(items, store=store.name, beyond=beyond)
        yield Outcome("certificate", Verdict.DONE, "certificate", counted(len(items), "recording"), data={"text": text})
    elif not found and not any(outcome.code == _LEFT for outcome in followed):
        yield _none("no recording in the archive is as this asks for, and nothing there is left undone")


def _none(detail: str) -> Outcome:
    remedy = "what is not archived yet was not looked at: voicekit calls archive, then again"
    return Outcome("index", Verdict.SKIPPED, "none", detail, remedy)


def _behind(outcome: Outcome) -> Outcome:
    """An index that can't be followed may lack what is to be erased, or have what is erased."""
    if outcome.code != "behind":
        return outcome
    return Outcome("index", Verdict.FAILED, _LEFT, outcome.detail, "run voicekit calls erase again once that is mended")


def _said(this: Run, found: Sequence[Known], reason: str) -> Iterator[Outcome]:
    """Say in the ledger which of these are erased; from here on they are, whatever happens."""
    wanted, cases = [], Cases(this.store, this.archiver.ring)
    for known in found:
        recording = known.receipt.recording
        if held := cases.refusal(this.history, recording):
            yield held
        elif not this.history.gone(recording):
            wanted.append(known)
    if any(persons.of(known.sidecar).named_in(reason) for known in wanted):
        raise InputError(
            "the reason names whom it is to erase, and stays in the archive: write the number of a request"
        )
    if wanted:
        this.say(*notes.facts(Kind.ERASE, [one.receipt.recording for one in wanted], removing.said(this, Note(reason))))


def _item(this: Run, purged: Purged, reason: Callable[[str], str]) -> Item:
    recording = purged.receipt.recording
    history = this.history
    entry = next(each for each in history.of(recording) if each.kind is Kind.ERASE)
    return Item(
        recording,
        purged.receipt.original,
        tuple(f"{this.store.name}: {place}" for place in _lain(purged)),
        entry.at,
        str(entry.body.get("actor")),
        entry.hash,
        reason(str(entry.body.get("note"))),
        purged.locked,
        purged.absent,
        tuple(_accesses(history, recording)),
    )


def _lain(purged: Purged) -> Iterator[str]:
    """Where it was; of the key of an adopted one, which may name the caller, the prefix."""
    if not purged.receipt.adopted:
        yield purged.receipt.key
    yield from (f"{prefix}..." for prefix in purged.prefixes if prefix)
    yield purged.receipt.page


def _places(store: Store, known: Known) -> Iterator[str]:
    versions = ", with all former versions" if Cap.VERSIONING in store.caps else ""
    yield f"sound: {known.receipt.key or known.object or 'an adopted object'} in {store.name}{versions}"
    yield f"key and sidecar: {known.receipt.page}, and every other page that has some of it{versions}"
    yield "what was said of it: notes in the store that speak of it alone, or name its caller"
    yield "index: its numbers, on this machine at once, on others when calls erase is run there"
    yield f"spool {known.pbx}: files of its content, as far as this machine has seen them"


def _accesses(history: History, recording: str) -> Iterator[tuple[str, str, str]]:
    for entry in history.of(recording):
        if entry.kind in (Kind.RESTORE, Kind.ACCESS):
            yield entry.day, str(entry.body.get("what") or entry.kind), str(entry.body.get("actor"))


def _calls(found: Sequence[Known]) -> list[str]:
    return list(dict.fromkeys(each for known in found for each in (known.uniqueid, known.linkedid) if each))


def _off_this_machine(this: Run) -> Iterator[Outcome]:
    """Files of spools that have an erased content, and every trace of it in caches."""
    this.cache.later.forget(this.history.all_erased())
    left: dict[str, list[Seen]] = {}
    for spool, known in this.cache.every():
        if this.archived.erased(known.sha256):
            left.setdefault(spool, []).append(known)
    for name, files in left.items():
        yield from _of_others(this, name, files) if name.endswith("/") else _off_spool(this, name, files)
    if not this.cache.wipe():
        yield read_by_others("cache")


def _of_others(this: Run, prefix: str, objects: Sequence[Seen]) -> Iterator[Outcome]:
    """Objects with an erased content that `calls adopt` has seen, and not adopted: it was archived elsewhere."""
    there = [known for known in objects if _lies(this.store, known)]
    this.cache.forget(prefix, [known.path for known in objects if known not in there])
    if there:
        detail = f"{counted(len(there), 'object')} of others with an erased content, which was archived elsewhere"
        remedy = "delete them where they came from; voicekit calls adopt says which"
        yield Outcome(prefix, Verdict.FAILED, _LEFT, detail, remedy, {"objects": len(there)})


def _lies(store: Store, known: Seen) -> bool:
    """Whether it may lie there still."""
    try:
        stat = store.stat(known.path)
    except VoicekitError:
        return True
    return stat is not None and stat.size == known.size


def _off_spool(this: Run, name: str, files: Sequence[Seen]) -> Iterator[Outcome]:
    one = this.settings.spools.get(name)
    if one is None:
        yield _not_off(name, len(files), "no spool of voicekit.toml has this name: remove them there")
        return
    kinds = [recording_names.parse(f"{one.path}/{known.path}", this.settings.patterns).kind for known in files]
    ours = [known for known, kind in zip(files, kinds, strict=True) if kind not in removal.STAY]
    if len(ours) < len(files):
        why = "voicemail, or of an ARI application, which may need them: delete them there, and run this again"
        yield _not_off(name, len(files) - len(ours), why)
    try:
        became = _became(one, ours) if ours else {}
    except VoicekitError as error:
        yield _not_off(name, len(ours), str(error))
        return
    stay = [known for known in ours if became[known] in ("open", removal.REFUSED)]
    this.cache.forget(name, [known.path for known in ours if known not in stay])
    if stay:
        yield _not_off(name, len(stay), "they are being written to, or their folder may not be")
    if removed := sum(what == "removed" for what in became.values()):
        yield Outcome(
            name, Verdict.DONE, "off-spool", f"{counted(removed, 'file')} of the spool", data={"files": removed}
        )


def _became(one: Spool, files: Sequence[Seen]) -> Mapping[Seen, str]:
    with deploy.reach(one.target) as machine:
        return dict(removal.removed(machine, one.path, files))


def _not_off(name: str, files: int, why: str) -> Outcome:
    detail = f"{counted(files, 'file')} of the spool with an erased content: {why}"
    return Outcome(name, Verdict.FAILED, _LEFT, detail, data={"files": files})

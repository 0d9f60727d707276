"""Which cases hold recordings."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from voicekit.calls import notes
from voicekit.calls.chain import Entry
from voicekit.calls.history import history_of
from voicekit.calls.keys import Keyring
from voicekit.calls.settings import Settings
from voicekit.outcome import Outcome, Verdict, counted
from voicekit.stores import Store


@dataclass(slots=True)
class _Case:
    """What was said of it: entries of the ledger, and the notes that could be read."""

    entries: list[Entry] = field(default_factory=list)
    recordings: set[str] = field(default_factory=set)
    reasons: list[str] = field(default_factory=list)


def apply(settings: Settings, ring: Keyring | None, store: Store) -> Iterator[Outcome]:
    """An outcome for each case that is not closed, in the order in which they were begun. One whose note can't be read
    bears the key of the note, which `unhold` takes for its name.
    """
    history = history_of(settings, store, ring)
    read: dict[str, notes.Note | None] = {}
    cases: dict[str, _Case] = {}
    for recording in history.ever_held():
        for hold in () if history.gone(recording) else history.holds(recording):
            key = str(hold.body.get("note"))
            if key not in read:
                read[key] = notes.readable(store, ring, key)
            note = read[key]
            case = cases.setdefault(note.case if note else key, _Case())
            case.entries.append(hold)
            case.recordings.add(recording)
            if note and note.reason not in case.reasons:
                case.reasons.append(note.reason)
    for name, case in sorted(cases.items(), key=lambda item: (min(entry.at for entry in item[1].entries), item[0])):
        yield _outcome(name, case)
    if not cases:
        yield Outcome("hold", Verdict.SKIPPED, "none", "no recording is on hold")


def _outcome(name: str, case: _Case) -> Outcome:
    first = min(case.entries, key=lambda entry: entry.at)
    actors = ", ".join(sorted({str(entry.body.get("actor")) for entry in case.entries}))
    reasons = "; ".join(case.reasons) or "its note can't be read"
    detail = f"{counted(len(case.recordings), 'recording')} since {first.day}, by {actors}: {reasons}"
    data = {"since": first.at, "by": actors, "reasons": case.reasons, "recordings": sorted(case.recordings)}
    return Outcome(name, Verdict.KEPT, "case", detail, data=data)

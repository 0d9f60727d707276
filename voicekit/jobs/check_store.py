"""What a store really enforces; the rest of voicekit asks that verdict."""

from collections.abc import Iterator
from pathlib import Path

from voicekit import stores
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Cap, probe, verdicts
from voicekit.stores.probe import Seen

_VERDICTS = {
    Seen.WORKS: Verdict.DONE,
    Seen.ENFORCED: Verdict.DONE,
    Seen.IGNORED: Verdict.SKIPPED,
    Seen.OFF: Verdict.SKIPPED,
    Seen.FAULTY: Verdict.FAILED,
}


def apply(where: str, base: Path, memory: Path | None, today: str) -> Iterator[Outcome]:
    """One outcome a question, of the store at an address; what was seen is remembered in the file `memory`.

    `base` is what addresses of folders are relative to.
    """
    store = stores.bare(where, base, frozenset(Cap))
    enforced, good = set(), True
    try:
        for name, answer in probe.probe(store):
            good = good and answer.seen is not Seen.FAULTY
            if answer.cap and answer.seen is Seen.ENFORCED:
                enforced.add(answer.cap)
            yield Outcome(name, _VERDICTS[answer.seen], answer.seen.value, answer.detail)
    finally:
        store.close()
    if memory and good:
        verdicts.save(memory, where, frozenset(enforced), today)
        yield Outcome(store.name, Verdict.DONE, "remembered", f"checked on {today}")

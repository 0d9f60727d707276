"""What a store really enforces; the rest of voicekit asks that verdict."""

from collections.abc import Iterator
from pathlib import Path

from voicekit import stores
from voicekit.outcome import Outcome, Verdict
from voicekit.stores import Cap, address, probe, verdicts
from voicekit.stores.probe import Seen
from voicekit.workspace import Workspace

_VERDICTS = {
    Seen.WORKS: Verdict.DONE,
    Seen.ENFORCED: Verdict.DONE,
    Seen.IGNORED: Verdict.SKIPPED,
    Seen.OFF: Verdict.SKIPPED,
    Seen.FAULTY: Verdict.FAILED,
}


def apply(store_name: str, workspace: Workspace | None, today: str) -> Iterator[Outcome]:
    """One outcome a question; what was seen is remembered in the workspace, if there is one."""
    where = workspace.address(store_name) if workspace else address.parse(store_name).text
    store = stores.bare(where, workspace.root if workspace else Path(), frozenset(Cap))
    enforced, good = set(), True
    try:
        for name, answer in probe.probe(store):
            good = good and answer.seen is not Seen.FAULTY
            if answer.cap and answer.seen is Seen.ENFORCED:
                enforced.add(answer.cap)
            yield Outcome(name, _VERDICTS[answer.seen], answer.seen.value, answer.detail)
    finally:
        store.close()
    if workspace and good:
        verdicts.save(workspace.verdicts, where, frozenset(enforced), today)
        yield Outcome(store.name, Verdict.DONE, "remembered", f"checked on {today}")

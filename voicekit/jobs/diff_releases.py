"""What is other in one release than in another, as a caller would hear it."""

from collections.abc import Iterator

from voicekit import release
from voicekit.outcome import Outcome, Verdict
from voicekit.release import stock
from voicekit.release.manifest import Line
from voicekit.stores import Store


def apply(store: Store, old: str, new: str) -> Iterator[Outcome]:
    """A line for each prompt that was added, removed or changed, and a last one with how many are the same."""
    before, after = (stock.load(store, stock.find(store, named)) for named in (old, new))
    mine, its = ({line.key: line for line in one.prompts} for one in (before, after))
    same = 0
    for key in sorted(mine.keys() | its.keys()):
        first, second = mine.get(key), its.get(key)
        if first is None and second:
            yield Outcome(second.name, Verdict.DONE, "added", _words(second))
        elif first and second is None:
            yield Outcome(first.name, Verdict.DONE, "removed", _words(first))
        elif first and second and (what := list(_changes(first, second))):
            yield Outcome(first.name, Verdict.DONE, "changed", ", ".join(what), data={"what": what})
        else:
            same += 1
    detail = f"{before.id[: release.SHORT]} and {after.id[: release.SHORT]}: {same} prompts are the same"
    yield Outcome("releases", Verdict.KEPT, "compared", detail, data={"old": before.id, "new": after.id, "same": same})


def _words(line: Line) -> str:
    return line.text if line.text is not None else "words unknown"


def _changes(old: Line, new: Line) -> Iterator[str]:
    """What is other, as words that scripts may depend on."""
    pairs = {
        "words": (old.text, new.text),
        "origin": ((old.origin, old.speech), (new.origin, new.speech)),
        "master": (old.master, new.master),
        "formats": (old.files.keys(), new.files.keys()),
        "approval": (old.approval, new.approval),
    }
    yield from (name for name, (mine, its) in pairs.items() if mine != its)
    both = old.files.keys() & new.files.keys()
    if any(old.files[name].sha256 != new.files[name].sha256 for name in both):
        yield "sound"

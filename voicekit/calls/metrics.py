"""What a run did, for people in a line, and for Prometheus in a file that node_exporter's textfile collector reads."""

import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from voicekit import fs
from voicekit.calls.disk import Room
from voicekit.errors import InputError
from voicekit.outcome import Outcome, Verdict

_LIMIT = 1 << 20  # bytes of such a file
_SUCCESS = "voicekit_calls_last_success_timestamp_seconds"
_KEPT = re.compile(rf'{_SUCCESS}{{spool="([^"]+)"}} ([0-9]+)')


@dataclass(slots=True)
class Tally:
    """What became of a spool in one run. `waiting` counts what is left for later; `size` and `stored` are bytes, of
    originals and as they lie in the store.
    """

    spool: str
    archived: int = 0
    size: int = 0
    stored: int = 0
    known: int = 0
    failed: int = 0
    waiting: int = 0
    freed: int = 0
    freed_size: int = 0
    room: Room | None = None
    failures: Counter[str] = field(default_factory=Counter)  # by code

    def count(self, outcome: Outcome) -> Outcome:
        """Take note of it; gives it back."""
        data = outcome.data
        self.failed += outcome.bad
        self.failures[outcome.code] += outcome.bad
        if outcome.code == "archived":
            self.archived += 1
            self.size += data["bytes"]
            self.stored += data["stored"]
        elif outcome.code == "known":
            self.known += 1
        elif outcome.code == "freed":
            self.freed += data["files"]
            self.freed_size += data["bytes"]
        elif outcome.verdict is Verdict.SKIPPED:
            self.waiting += data.get("files", 1)
        return outcome

    @property
    def summary(self) -> str:
        """One line, for the mail that cron sends."""
        size = f"{self.size / 1e6:.1f} MB as {self.stored / 1e6:.1f} MB"
        parts = [f"{self.archived} archived ({size})" if self.archived else "nothing archived"]
        parts += [f"{number} {what}" for what, number in self._rest if number]
        if self.freed:
            parts.append(f"{self.freed} freed ({self.freed_size / 1e6:.1f} MB)")
        if self.room:
            parts.append(f"disk {self.room.percent:.0f} % full")
        return ", ".join(parts)

    @property
    def data(self) -> dict[str, int]:
        """The same, for programs."""
        told = asdict(self)
        room = told.pop("room")
        del told["spool"], told["failures"]
        return {**told, **({"disk_used": room["used"], "disk_free": room["free"]} if room else {})}

    @property
    def _rest(self) -> list[tuple[str, int]]:
        return [("known", self.known), ("waiting", self.waiting), ("failed", self.failed)]


def write(path: Path, tallies: Iterable[Tally], at: int) -> None:
    """Replace the file; `at` is when the run ended, in seconds since 1970. Without failures it was a success."""
    before = _successes(path)
    rows = list(tallies)
    lines = []
    for name, kind, text, values in _metrics(rows, at, before):
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        lines += [f'{name}{{spool="{spool}"}} {value}' for spool, value in values if value is not None]
    try:
        # Another user reads it, and may own its folder: by its name it would be made readable through a link of his.
        fs.write(path, "\n".join([*lines, ""]).encode(), durable=False, mode=0o644)
    except OSError as error:
        raise InputError(f"{path}: can't be written ({error.strerror}); correct textfile in [calls]") from None


def _metrics(
    rows: list[Tally], at: int, before: dict[str, int]
) -> Iterable[tuple[str, str, str, list[tuple[str, int | None]]]]:
    yield (
        "voicekit_calls_last_run_timestamp_seconds",
        "gauge",
        "When the last run ended.",
        [(o.spool, at) for o in rows],
    )
    good = [(one.spool, before.get(one.spool) if one.failed else at) for one in rows]
    yield _SUCCESS, "gauge", "When the last run without a failure ended.", good
    for named, text in (
        ("archived", "Recordings that the last run archived."),
        ("waiting", "Recordings that the last run left for later."),
        ("failed", "Failures of the last run."),
        ("freed", "Recordings that the last run removed from the spool."),
    ):
        yield f"voicekit_calls_{named}", "gauge", text, [(one.spool, getattr(one, named)) for one in rows]
    yield "voicekit_calls_stored_bytes", "gauge", "Bytes that the last run stored.", [(o.spool, o.stored) for o in rows]
    free = [(one.spool, one.room.free if one.room else None) for one in rows]
    yield "voicekit_calls_disk_free_bytes", "gauge", "Bytes that are free on the disk of the spool.", free


def _successes(path: Path) -> dict[str, int]:
    """When each spool had its last success, as the file said before."""
    with suppress(InputError, OSError):
        text = fs.read_bounded(path, _LIMIT).decode("utf-8", "replace")
        return {spool: int(when) for spool, when in _KEPT.findall(text)}
    return {}

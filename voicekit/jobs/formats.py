"""The table of formats, for people."""

from collections.abc import Iterator, Sequence

from voicekit.formats import TABLE, Format, pick
from voicekit.outcome import Outcome, Verdict


def apply(names: Sequence[str] = ()) -> Iterator[Outcome]:
    """One outcome a format: kept when voicekit writes it, skipped with the reason when not."""
    for row in [pick(name) for name in names] or TABLE.values():
        yield _explain(row)


def _explain(row: Format) -> Outcome:
    extensions = " ".join(f".{extension}" for extension in row.extensions)
    frame = f"{row.frame_bytes} bytes = {row.frame_samples} samples a frame" if row.frame_bytes else "packets vary"
    detail = f"{extensions}  {row.codec}, {row.rate} Hz, {frame}"
    if row.refusal:
        return Outcome(row.name, Verdict.SKIPPED, "not-written", detail, row.refusal)
    return Outcome(row.name, Verdict.KEPT, "writes", detail)

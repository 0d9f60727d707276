"""The table of formats, for people."""

from collections.abc import Iterator, Sequence

from voicekit.formats import TABLE, Format, pick
from voicekit.outcome import Outcome, Verdict


def apply(names: Sequence[str] = ()) -> Iterator[Outcome]:
    """One outcome a format: kept when voicekit writes it; skipped with the reason when it is only read, or neither."""
    for row in [pick(name) for name in names] or TABLE.values():
        yield _explain(row)


def _explain(row: Format) -> Outcome:
    detail = f"{_content(row)}; Asterisk: {row.asterisk}"
    if row.writable:
        return Outcome(row.name, Verdict.KEPT, "writes", detail)
    code, done = ("reads", "only read") if row.readable else ("not-written", "neither written nor read")
    return Outcome(row.name, Verdict.SKIPPED, code, detail, f"{done}: {row.refusal}")


def _content(row: Format) -> str:
    extensions = " ".join(f".{extension}" for extension in row.extensions)
    frame = f"{row.frame_bytes} bytes = {row.frame_samples} samples a frame" if row.frame_bytes else "frames vary"
    return f"{extensions}  {row.codec}, {row.rate} Hz, {frame}{'' if row.headerless else ', behind a header'}"

"""What a conversion did, as one self-contained HTML page: levels before and after, what was mended, what failed."""

import html
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from statistics import pstdev
from string import Template

from voicekit import __version__, fs
from voicekit.outcome import Outcome

_LOW, _HIGH = -60.0, 0.0  # dBov, the scale of the bars


def write(path: Path, title: str, outcomes: Sequence[Outcome]) -> None:
    """Write the page. What failed stands first; text is escaped; nothing is loaded from anywhere."""
    page = Template((files("voicekit") / "pages" / "report.html").read_text("utf-8"))
    ordered = sorted(outcomes, key=lambda outcome: (not outcome.bad, outcome.subject))
    text = page.substitute(
        title=html.escape(title),
        version=__version__,
        summary=html.escape(_summary(outcomes)),
        spread=html.escape(_spread(outcomes)),
        rows="\n".join(map(_row, ordered)),
    )
    fs.write(path, text.encode("utf-8", "backslashreplace"))


def _summary(outcomes: Iterable[Outcome]) -> str:
    counts = Counter(outcome.code for outcome in outcomes)
    return ", ".join(f"{count} {code}" for code, count in counts.most_common()) or "nothing to do"


def _spread(outcomes: Iterable[Outcome]) -> str:
    levels = [outcome.data["levels"] for outcome in outcomes if outcome.data.get("levels")]
    if not levels:
        return "no speech was measured"
    before, after = zip(*levels, strict=True)
    return (
        f"before: {min(before):.1f} to {max(before):.1f} dBov (sigma {pstdev(before):.2f} dB); "
        f"after: {min(after):.1f} to {max(after):.1f} dBov (sigma {pstdev(after):.2f} dB)"
    )


def _row(outcome: Outcome) -> str:
    levels = outcome.data.get("levels")
    said = "; ".join(outcome.data.get("repaired", [])) if levels else outcome.detail
    bars = "".join(_bar(kind, level) for kind, level in zip(("before", "after"), levels or (), strict=False))
    numbers = f"{levels[0]:.1f} &rarr; {levels[1]:.1f}" if levels else ""
    cells = (
        f'<th scope="row">{html.escape(outcome.subject)}</th>',
        f"<td>{html.escape(outcome.verdict.value if outcome.bad else outcome.code)}</td>",
        f"<td>{outcome.data.get('seconds', '')}</td>",
        f'<td class="level">{numbers}{bars}</td>',
        f"<td>{html.escape('; '.join(filter(None, (said, outcome.remedy))))}</td>",
    )
    return f'<tr class="{outcome.verdict.value}">{"".join(cells)}</tr>'


def _bar(kind: str, level: float) -> str:
    share = 100 * min(max((level - _LOW) / (_HIGH - _LOW), 0), 1)
    return f'<meter class="{kind}" min="0" max="100" value="{share:.1f}">{level:.1f} dBov</meter>'

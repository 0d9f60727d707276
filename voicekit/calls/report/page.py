"""The page: one HTML file that loads nothing, runs nothing, and names no caller."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from string import Template

from voicekit import __version__
from voicekit.calls.failures import Remembered
from voicekit.calls.report import daily, disks, figures, markup
from voicekit.calls.report.coverage import Coverage, Missing
from voicekit.calls.report.daily import Times
from voicekit.calls.report.days import Part
from voicekit.calls.report.figures import Figures
from voicekit.calls.report.forecast import Forecast
from voicekit.calls.report.markup import Words

MARK = '<meta name="generator" content="voicekit calls report">'  # by which a page of ours is known

_NAMED = 20  # PBXs in the head
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Notice:
    """What the page lacks, by the key of its words, and why."""

    key: str
    spool: str = ""
    why: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """All that is told. `made` is by the PBX's clock; `coverage` is None where there are no call records; of each part
    there are figures and the number of recordings that are `unreadable`.
    """

    made: datetime
    pbxs: Sequence[str]
    parts: Sequence[Part]
    figures: Sequence[Figures]
    unreadable: Sequence[int]
    failures: Remembered
    disks: dict[str, Forecast] = field(default_factory=dict)
    coverage: Coverage | None = None
    notices: list[Notice] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return sum(sum(codes.values()) for codes in self.failures.failures.values()) + sum(self.unreadable)


def written(report: Report, language: str) -> str:
    words = Words.of(language)
    times = Times.of(words, report.parts)
    day = words.locale.day
    title = words("title", first=day(report.parts[0].first, year=True), last=day(report.parts[-1].last, year=True))
    zone = str(report.made.tzinfo)
    return Template((files("voicekit") / "pages" / "calls-report.html").read_text("utf-8")).substitute(
        language=language,
        mark=MARK,
        title=title,
        lead=markup.paragraphs(words("lead", pbxs=_pbxs(words, report.pbxs), zone=zone), kind="faint"),
        body="\n".join(filter(None, _body(report, times))),
        foot=markup.paragraphs(
            words("scope"), words("made", made=words.locale.moment(report.made), version=__version__)
        ),
    )


def _pbxs(words: Words, names: Sequence[str]) -> str:
    shown = ", ".join(name or words.plain("unnamed") for name in names[:_NAMED])
    more = words.plain("more", count=len(names) - _NAMED) if len(names) > _NAMED else ""
    return f"{shown} {more}".strip() or words.plain("none")


def _body(report: Report, times: Times) -> Iterator[str]:
    words = times.words
    for notice in report.notices:
        text = words(notice.key, spool=notice.spool, why=notice.why, count=words.locale.number(notice.count))
        yield markup.paragraphs(text, kind="notice")
    yield _large(report, words)
    charts = [
        daily.recordings(times, report.figures),
        daily.hours(times, report.figures),
        daily.sizes(times, report.figures),
        daily.failures(times, report.failures, report.unreadable, report.made.date()),
    ]
    yield f'<section class="charts">\n{"".join(charts)}\n</section>'
    yield f"<h2>{words('coverage_heading')}</h2>"
    yield _coverage(report, times)
    yield f"<h2>{words('disks')}</h2>"
    drawn = [disks.cards(words, spool, found, report.made.date()) for spool, found in report.disks.items()]
    known = f'<section class="charts">\n{"".join(drawn)}\n</section>'
    yield known if drawn else markup.paragraphs("" if report.notices else words("no_spools"), kind="faint")


def _large(report: Report, words: Words) -> str:
    """The figures that one opens the page for."""
    locale, sums = words.locale, figures.total(report.figures)
    bytes_label = words("sum_bytes", saved=locale.percent(sums.saved)) if sums.saved > 0 else words("sum_bytes_grown")
    since = report.failures.since
    if since is None:
        failures_label = "sum_failures_unknown"
    else:
        failures_label = "sum_failures" if since <= report.parts[0].first else "sum_failures_since"
    known_since = locale.day(since, year=True) if since else ""
    entries = [
        (locale.number(sums.recordings), words("sum_recordings", calls=locale.number(sums.calls)), False),
        (locale.number(sums.seconds / _HOUR), words("sum_hours"), False),
        (f"{locale.size(sums.size)} → {locale.size(sums.stored)}", bytes_label, False),
        (locale.number(report.failed), words(failures_label, since=known_since), report.failed > 0),
    ]
    share = report.coverage.share if report.coverage else None
    if share is not None:
        entries.append((locale.percent(share), words("sum_coverage"), share < 1))
    rows = (
        f'<div class="{"bad" if bad else "good"}"><dt>{label}</dt><dd>{html.escape(value)}</dd></div>'
        for value, label, bad in entries
    )
    return f'<dl class="large">\n{"".join(rows)}\n</dl>'


def _coverage(report: Report, times: Times) -> str:
    words, found = times.words, report.coverage
    if found is None:
        return markup.paragraphs(words("coverage_off"), kind="faint")
    if not found.expected.total():
        return markup.paragraphs(words("coverage_nothing"), kind="faint")
    return f'<section class="charts">\n{daily.coverage(times, found)}{_missing(report, words, found)}\n</section>'


def _missing(report: Report, words: Words, found: Coverage) -> str:
    """Newest first."""
    count = found.missing.total()
    heading = f"<h3>{words('missing_heading', count=words.locale.number(count))}</h3>"
    if not count:
        return f'<div class="card">{heading}</div>'
    named = sorted(found.named, key=lambda one: -one.began)
    first = words("missing_first", count=len(named)) if count > len(named) else ""
    heads = [words(key) for key in ("time", "seconds", "direction", "call", *["pbx"] * (len(report.pbxs) > 1))]
    rows = (_row(report, words, one)[: len(heads)] for one in named)
    table = markup.table(heads, rows, texts=(2, 3, 4))
    return f'<div class="card">{heading}{markup.paragraphs(first, kind="faint")}<div class="wide">{table}</div></div>'


def _row(report: Report, words: Words, one: Missing) -> list[str]:
    moment = datetime.fromtimestamp(one.began, report.made.tzinfo)
    way = words(one.direction) if one.direction else ""
    told = (words.locale.moment(moment), words.locale.length(one.seconds), one.call, one.pbx)
    began, length, call, pbx = map(html.escape, told)
    return [began, length, way, call, pbx]

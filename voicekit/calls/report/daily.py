"""Charts of what there was by day: recordings, hours, bytes, failures, and calls that should have a recording."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from voicekit.calls.failures import Remembered
from voicekit.calls.report import chart, days, markup
from voicekit.calls.report.chart import Axis, Series
from voicekit.calls.report.coverage import Coverage
from voicekit.calls.report.days import Part
from voicekit.calls.report.figures import Figures
from voicekit.calls.report.markup import Words

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Times:
    """The bars of all charts, and what they are called."""

    words: Words
    parts: Sequence[Part]
    each: str  # day, week or month

    @classmethod
    def of(cls, words: Words, parts: Sequence[Part]) -> "Times":
        number = (parts[-1].last - parts[0].first).days + 1
        return cls(words, parts, "day" if number <= days.DAYS else "week" if number <= days.WEEKS else "month")

    def name(self, part: Part) -> str:
        day = self.words.locale.day
        if part.first == part.last:
            return day(part.first, year=True)
        return self.words.plain("span", first=day(part.first), last=day(part.last, year=True))

    def chart(
        self,
        title: str,
        axis: Axis,
        series: Mapping[str, Sequence[float]],
        told: Callable[[float], str],
        *,
        stacked: bool = True,
        columns: Sequence[tuple[str, Sequence[str]]] = (),
        note: str = "",
    ) -> str:
        """A figure. `series` by the key of their words; `told` writes a value in full; `columns` of the table only."""
        names = {kind: self.words.plain(kind) for kind in series}
        tips = []
        for number, part in enumerate(self.parts):
            values = [f"{name}: {told(series[kind][number])}" for kind, name in names.items()]
            tips.append("\n".join([self.name(part), *values]))
        labels = [self.words.locale.day(part.first) for part in self.parts]
        drawn = chart.bars(
            title, axis, labels, tips, [Series(kind, values) for kind, values in series.items()], stacked=stacked
        )
        rows = [
            [html.escape(self.name(part)), *(html.escape(told(values[number])) for values in series.values())]
            + [cells[number] for _, cells in columns]
            for number, part in enumerate(self.parts)
        ]
        sums = [html.escape(told(sum(values))) for values in series.values()]
        rows.append([self.words("total"), *sums, *("" for _ in columns)])
        head = [self.words(self.each), *map(html.escape, names.values()), *(name for name, _ in columns)]
        legend = markup.legend((kind, html.escape(name)) for kind, name in names.items()) if len(names) > 1 else ""
        texts = [len(head) - 1] if columns else []
        return markup.figure(
            html.escape(title), legend, drawn, markup.table(head, rows, texts), self.words("table"), note
        )

    def title(self, key: str, **more: str) -> str:
        return self.words.plain(key, each=self.words.plain(f"each_{self.each}"), **more)

    def by_part(self, counts: Mapping[date, int]) -> list[int]:
        found = [0] * len(self.parts)
        for day, count in counts.items():
            if (number := days.holding(self.parts, day)) is not None:
                found[number] += count
        return found


def recordings(times: Times, figures: Sequence[Figures]) -> str:
    number = times.words.locale.number
    series = {
        "in": [one.incoming for one in figures],
        "out": [one.outgoing for one in figures],
        "internal": [one.internal for one in figures],
        "unknown": [one.unknown for one in figures],
    }
    if not any(series["unknown"]):
        del series["unknown"]
    return times.chart(times.title("recordings"), Axis(number, whole=True), series, number)


def hours(times: Times, figures: Sequence[Figures]) -> str:
    locale = times.words.locale
    series = {"talked": [one.seconds / _HOUR for one in figures]}
    return times.chart(
        times.title("hours"), Axis(locale.short), series, lambda value: locale.number(value, 1),
        note=times.words("hours_note"),
    )  # fmt: skip


def sizes(times: Times, figures: Sequence[Figures]) -> str:
    locale = times.words.locale
    series = {"found": [one.size for one in figures], "stored": [one.stored for one in figures]}
    divisor, unit = locale.unit(max(map(max, series.values())))
    axis = Axis(lambda value: locale.short(value / divisor), scale=divisor)
    return times.chart(times.title("bytes", unit=unit), axis, series, locale.size, stacked=False)


def failures(times: Times, remembered: Remembered, unreadable: Sequence[int], today: date) -> str:
    words, number = times.words, times.words.locale.number
    by_day = {day: sum(codes.values()) for day, codes in remembered.failures.items()}
    kinds = []
    for part in times.parts:
        codes: dict[str, int] = {}
        for day, found in remembered.failures.items():
            for code, count in found.items() if part.first <= day <= part.last else ():
                codes[code] = codes.get(code, 0) + count
        kinds.append(html.escape(", ".join(f"{_named(words, code)}: {number(n)}" for code, n in sorted(codes.items()))))
    runs = [number(count) for count in times.by_part(remembered.runs)]
    note = words("failures_unknown")
    if remembered.since:
        first = max(remembered.since, times.parts[0].first)
        known = (min(times.parts[-1].last, today) - first).days + 1
        idle = known - sum(first <= day for day in remembered.runs)
        note = words("failures_since", since=words.locale.day(remembered.since, year=True))
        note += " " + words("failures_idle", count=number(idle)) if idle > 0 else ""
    series = {"failed": times.by_part(by_day), "unreadable": unreadable}
    return times.chart(
        times.title("failures"), Axis(number, whole=True), series, number,
        columns=[(words("runs"), runs), (words("kinds"), kinds)], note=note,
    )  # fmt: skip


def coverage(times: Times, found: Coverage) -> str:
    number = times.words.locale.number
    expected, missing = times.by_part(found.expected), times.by_part(found.missing)
    recorded = [every - none for every, none in zip(expected, missing, strict=True)]
    series = {"recorded": recorded, "missing": missing}
    note = times.words("coverage_note")
    return times.chart(times.title("coverage"), Axis(number, whole=True), series, number, note=note)


def _named(words: Words, code: str) -> str:
    return words.texts.get(f"failure_{code.replace('-', '_')}", code)

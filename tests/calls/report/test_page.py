"""The page: whole, harmless, the same in both languages, and its numbers are those that it was given."""

import itertools
import re
from collections import Counter, deque
from dataclasses import replace
from datetime import date, datetime, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_report import Page

from voicekit.calls.cdr.call import Call
from voicekit.calls.cdr.row import Cdr
from voicekit.calls.disk import Room
from voicekit.calls.failures import Remembered
from voicekit.calls.reconcile import Expected
from voicekit.calls.report import chart, days, page
from voicekit.calls.report.coverage import Coverage, Missing
from voicekit.calls.report.figures import Figures
from voicekit.calls.report.forecast import Forecast
from voicekit.calls.report.locales import LOCALES
from voicekit.calls.report.page import Notice, Report
from voicekit.calls.report.texts import TEXTS

MOSCOW = ZoneInfo("Europe/Moscow")
MADE = datetime(2026, 12, 1, 6, 5, tzinfo=MOSCOW)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
HOSTILE = "<script>alert('1')</script>\"&amp;\x00\ud800"
GB = 10**9
NARROW = "\N{NARROW NO-BREAK SPACE}"

counts = st.integers(0, 10**7)
one_day = st.builds(Figures, *[counts] * 8).map(lambda one: replace(one, recordings=one.recordings + 3 * 10**7))


def made(figures=None, first=FIRST, last=LAST, **more):
    parts = days.parts(first, last, MOSCOW)
    rows = figures or [Figures()] * len(parts)
    told = {"pbxs": ["pbx1"], "unreadable": [0] * len(parts), "failures": Remembered()} | more
    return Report(MADE, parts=parts, figures=rows, **told)


def parsed(report, language="en"):
    text = page.written(report, language)
    return Page(text.encode("utf-8", "backslashreplace").decode()), text


def tables(text):
    """Of each figure: its name, and the rows of its table."""
    found = {}
    for figure in re.findall(r"<figure>.*?</figure>", text, re.DOTALL):
        found[re.search(r"<h3>(.*?)</h3>", figure)[1]] = Page(figure).rows
    return found


def number(text):
    return float(text.replace(",", ""))


@pytest.mark.parametrize("language", TEXTS)
def test_nothing_is_loaded_and_nothing_runs(language):
    found, text = parsed(everything(), language)
    assert {tag for tag, _ in found.elements} <= {
        "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "p", "main", "dl", "div", "dt",
        "dd", "section", "figure", "ul", "li", "i", "svg", "g", "rect", "text", "line", "polyline", "details",
        "summary", "table", "thead", "tbody", "tr", "th", "td", "figcaption", "footer",
    }  # fmt: skip
    for _, attributes in found.elements:
        assert not any(name.startswith("on") or name in ("src", "href", "style") for name in attributes)
    policies = [a["content"] for tag, a in found.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert not re.search(r"url\(|@import|https?:", text)
    assert dict(found.elements[0][1])["lang"] == language


def everything():
    """With all that a page can have."""
    rows = [Figures(50 + n, 20, 10, 5, 40, 3600 * n, 10**8 * n, 10**7 * n) for n in range(30)]
    failures = Remembered(
        date(2026, 11, 5), {date(2026, 11, 5): 24}, {date(2026, 11, 9): {"stopped": 3, "other-code": 2}}
    )
    missing = [Missing("pbx1", int(MADE.timestamp()) - n * 3600, 65, "in", f"17954190{n:02}.1") for n in range(50)]
    coverage = Coverage(Counter({LAST: 200}), Counter({LAST: 60}), deque(missing))
    disks = {
        "pbx1": Forecast(Room(60 * GB, 40 * GB), 20 * GB, [GB, 2 * GB], 7.0),
        "pbx2": Forecast(Room(60 * GB, 4 * GB), 20 * GB, [GB, 9 * GB], 60.0),
        "pbx3": Forecast(Room(60 * GB, 4 * GB), 20 * GB, [], 60.0),
    }
    notices = [Notice(key, "pbx1", "why", 3) for key in ("behind", "away", "not_covered", "memory_lost", "odd_records")]
    return made(rows, failures=failures, unreadable=[1] * 30, disks=disks, coverage=coverage, notices=notices)


@settings(deadline=None)
@given(st.lists(one_day, min_size=30, max_size=30))
def test_sums_of_days_are_the_large_figures(rows):
    _, text = parsed(made(rows))
    found = tables(text)["Recordings by day"]
    assert len(found) == 32  # with a head and the total
    assert [number(row[1]) for row in found[1:-1]] == [one.incoming for one in rows]
    for column, name in ((1, "incoming"), (2, "outgoing"), (3, "internal"), (4, "unknown")):
        assert number(found[-1][column]) == sum(getattr(one, name) for one in rows)
    large = [number(text) for text in re.findall(r"<dd>([0-9,]+)</dd>", text)]
    assert large[:2] == [sum(one.recordings for one in rows), round(sum(one.seconds for one in rows) / 3600)]


def test_days_without_calls_are_there():
    _, text = parsed(made([Figures(1, 1, 0, 0, 1, 60, 10**6, 10**6)] + [Figures()] * 29))
    rows = tables(text)["Recordings by day"]
    assert [row[0] for row in rows[1:4]] == [f"{day}{NARROW}Nov 2026" for day in (1, 2, 3)]
    assert [row[1] for row in rows[1:4]] == ["1", "0", "0"]
    assert text.count("<g><title>") == 4 * 30


@pytest.mark.parametrize(
    ("first", "name", "bars"),
    [(date(2026, 11, 30), "day", 1), (date(2026, 8, 31), "day", 92), (date(2025, 12, 1), "week", 53),
     (date(2025, 1, 1), "month", 23)],
)  # fmt: skip
def test_a_long_time_is_in_weeks_or_months(first, name, bars):
    _, text = parsed(made(first=first))
    rows = tables(text)[f"Recordings by {name}"]
    assert len(rows) == bars + 2


@pytest.mark.parametrize("language", TEXTS)
def test_hostile_names_are_text(language):
    report = everything()
    coverage = replace(report.coverage, named=deque([Missing(HOSTILE, 0, 0, "", HOSTILE)]))
    disks = {HOSTILE: next(iter(report.disks.values()))}
    failures = Remembered(FIRST, {}, {FIRST: {HOSTILE: 1}})
    hostile = replace(
        report, pbxs=[HOSTILE] * 30, coverage=coverage, disks=disks, failures=failures,
        notices=[Notice("away", HOSTILE, HOSTILE)],
    )  # fmt: skip
    found, text = parsed(hostile, language)
    assert "<script" not in text
    assert not {tag for tag, _ in found.elements} & {"script"}
    assert text.count("&lt;script&gt;alert(") >= 20


def test_an_empty_archive_and_one_recording():
    for rows in ([Figures()] * 30, [Figures()] * 29 + [Figures(1, 1, 0, 0, 1, 1, 1, 2)]):
        _, text = parsed(made(rows))
        assert "nan" not in text.lower()
        assert "inf" not in re.sub("<style>.*</style>", "", text, flags=re.DOTALL).lower()
        assert len(tables(text)) == 4


def test_what_is_missing_is_told_newest_first_and_the_rest_is_counted():
    _, text = parsed(everything())
    assert "Calls without a recording: 60" in text
    assert "The last 50 are listed." in text
    assert text.index("1795419000.1") < text.index("1795419001.1")
    assert "70%" in text.replace(NARROW, "")


def test_what_failed_is_named_and_since_when_it_is_known():
    _, text = parsed(everything())
    rows = tables(text)["Failures by day"]
    assert rows[9] == [f"9{NARROW}Nov 2026", "5", "1", "0", "other-code: 2, the whole run: store or disk: 3"]
    assert rows[-1][1:3] == ["5", "30"]
    assert f"Failures of archiving are known since 5{NARROW}Nov 2026." in text
    assert "without a run of the archiver: 25" in text
    _, text = parsed(made())
    assert "known from the next run" in text


def test_both_languages_say_all():
    english, russian = TEXTS["en"], TEXTS["ru"]
    assert english.keys() == russian.keys()
    for key, text in english.items():
        assert placeholders(text) == placeholders(russian[key]), key
        assert russian[key].strip()
    assert set(LOCALES) == set(TEXTS)


def placeholders(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


def test_numbers_and_dates_as_people_write_them():
    english, russian = LOCALES["en"], LOCALES["ru"]
    assert english.number(1234.5, 1) == "1,234.5"
    assert russian.number(1234567.5, 1) == f"1{NARROW}234{NARROW}567,5"
    assert english.size(1_234_567_890) == f"1.2{NARROW}GB"
    assert russian.size(999) == f"999{NARROW}Б"
    assert russian.size(5 * 10**12) == f"5{NARROW}ТБ"
    assert english.day(LAST) == f"30{NARROW}Nov"
    assert russian.day(LAST) == "30.11"
    assert russian.moment(MADE) == "01.12.2026, 06:05"
    assert [english.percent(share) for share in (0, 0.0001, 0.5, 0.99999, 1, 1.834)] == [
        f"{text}{NARROW}%" for text in ("0", "0.1", "50", "99.9", "100", "183")
    ]
    assert [english.length(seconds) for seconds in (5, 65, 3723)] == ["0:05", "1:05", "1:02:03"]


@given(st.floats(0, 1e18) | st.integers(0, 20), st.booleans())
def test_a_grid_is_round_and_holds_all(most, whole):
    marks = chart.ticks(most, whole=whole)
    assert marks[0] == 0
    assert marks[-1] >= most * (1 - 1e-9)
    assert 2 <= len(marks) <= 7
    steps = {round(after - before, 9) for before, after in itertools.pairwise(marks)}
    assert max(steps) == pytest.approx(min(steps))
    assert not whole or all(mark == int(mark) for mark in marks)


@settings(deadline=None)
@given(st.lists(st.tuples(counts, counts, counts), min_size=1, max_size=120), st.booleans())
def test_bars_are_as_high_as_their_values_and_in_the_picture(values, stacked):
    series = [chart.Series(kind, column) for kind, column in zip("abc", zip(*values, strict=True), strict=True)]
    names = ["x"] * len(values)
    drawn = chart.bars("name", chart.Axis(str), names, names, series, stacked=stacked)
    box = [float(n) for n in re.search(r'viewBox="([^"]+)"', drawn)[1].split()]
    rects = re.findall(r'<rect class="([abc])" x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"/>', drawn)
    assert len(rects) == sum(value > 0 for row in values for value in row)
    for _, *numbers in rects:
        x, y, width, height = map(float, numbers)
        assert x >= 0
        assert x + width <= box[2]
        assert y >= 0
        assert y + height <= box[3]
    tallest = max(range(len(values)), key=lambda n: values[n][0])
    if values[tallest][0]:
        own = [float(height) for kind, *_, height in rects if kind == "a"]
        assert max(own) == own[sum(row[0] > 0 for row in values[:tallest])]


def test_the_disk():
    _, text = parsed(everything())
    assert "The disk is large enough." in text
    assert "too small to keep recordings for 60 days" in text
    assert "Nothing is archived of this spool yet" in text
    assert f"in 26 days, on 27{NARROW}Dec 2026; if each day was the busiest, in 20 days" in text
    assert timedelta(26) + MADE.date() == date(2026, 12, 27)


def test_of_a_call_without_a_recording_only_its_channel_is_told():
    """A linkedid may be whatever wrote the records."""
    start = MADE - timedelta(1)
    told = [Expected(Call((Cdr(start, None, start, linkedid=text),)), "in", named=True, there=False)
            for text in ("89161234567-1795419000.1", "89161234567", "pbx1-1795419001.2")]  # fmt: skip
    found = Coverage.of("pbx1", told, MOSCOW)
    assert [one.call for one in found.named] == ["1795419000.1", "", "1795419001.2"]
    assert found.missing == {LAST: 3}

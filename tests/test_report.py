"""The page of a conversion: whole, harmless, and what failed stands first."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import report
from voicekit.outcome import Outcome, Verdict

EMPTY = {"meta", "link", "br", "img", "input", "hr"}  # elements that have no end tag


class Page(HTMLParser):
    """Elements with their attributes, and text by row; raises when a tag is not closed in its order."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.rows, self._open = [], [], []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1:] in (["td"], ["th"]):
            self.rows[-1][-1] += data


def converted(subject, before=-30.0, after=-20.0, repaired=()):
    data = {"files": ["x"], "seconds": 1.25, "levels": (before, after), "repaired": list(repaired)}
    return Outcome(subject, Verdict.DONE, "converted", "1.2 s", data=data)


def failed(subject, detail="damaged", verdict=Verdict.FAILED):
    return Outcome(subject, verdict, "not-converted", detail, "export it again")


@pytest.fixture
def page(tmp_path):
    """`page(outcomes, title)`: the page, parsed."""

    def write(outcomes, title="out"):
        report.write(tmp_path / "page.html", title, outcomes)
        return Page((tmp_path / "page.html").read_text("utf-8"))

    return write


def test_what_failed_stands_first(page):
    rows = page([converted("b"), failed("z"), converted("a"), failed("c", verdict=Verdict.REFUSED)]).rows[1:]
    assert [row[0] for row in rows] == ["c", "z", "a", "b"]
    assert [row[1] for row in rows] == ["refused", "failed", "converted", "converted"]
    assert rows[0][4] == "damaged; export it again"


def test_levels_and_repairs_are_told(page):
    row = page([converted("a", -31.25, -20.04, ["+11.2 dB", "peaks limited"])]).rows[1]
    assert row[2:] == ["1.25", "-31.2 \u2192 -20.0", "+11.2 dB; peaks limited"]


def test_the_spread_is_that_of_the_levels(tmp_path):
    outcomes = [converted("a", -30, -20), converted("b", -10, -20), failed("c")]
    report.write(tmp_path / "page.html", "out", outcomes)
    text = (tmp_path / "page.html").read_text()
    assert "before: -30.0 to -10.0 dBov (sigma 10.00 dB); after: -20.0 to -20.0 dBov (sigma 0.00 dB)" in text
    assert "2 converted, 1 not-converted" in text


@pytest.mark.parametrize("outcomes", [[], [Outcome("a", Verdict.DONE, "converted", data={"levels": None})]])
def test_nothing_measured_is_told_too(page, tmp_path, outcomes):
    assert len(page(outcomes).rows) == 1 + len(outcomes)
    assert "no speech was measured" in (tmp_path / "page.html").read_text()


def test_bars_stay_on_their_scale(page):
    meters = [
        a for tag, a in page([converted("a", -200.0, 12.0), converted("b", -30.0, -15.0)]).elements if tag == "meter"
    ]
    assert [float(a["value"]) for a in meters] == [0, 100, 50, 75]


def test_nothing_is_loaded_and_nothing_runs(page):
    found = page([converted("a"), failed("b")]).elements
    policy = next(a["content"] for tag, a in found if a.get("http-equiv") == "Content-Security-Policy")
    assert re.split(r";\s*", policy) == ["default-src 'none'", "style-src 'unsafe-inline'"]
    assert {"script", "img", "link", "iframe"}.isdisjoint(tag for tag, _ in found)
    assert all({"src", "href"}.isdisjoint(a) and not any(name.startswith("on") for name in a) for _, a in found)


EVIL = [
    "<script>alert(1)</script>",
    "</table><script>",
    '" onload="x',
    "a & b",
    "$title",
    "caf\udce9.wav",
    "\u202e",
    "&lt;",
]


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.sampled_from(EVIL) | st.text(st.characters(exclude_characters="\r"), min_size=1, max_size=30))
def test_names_are_text_and_nothing_else(tmp_path_factory, name):
    path = tmp_path_factory.mktemp("report") / "page.html"
    report.write(path, name, [failed(name, name), converted(name, repaired=[name])])
    text = path.read_bytes().decode()
    found = Page(text)
    shown = name.encode("utf-8", "backslashreplace").decode()
    assert [tag for tag, _ in found.elements if tag in ("script", "table", "tr")] == ["table", "tr", "tr", "tr"]
    assert [row[0] for row in found.rows[1:]] == [shown, shown]
    assert found.rows[1][4] == f"{shown}; export it again"

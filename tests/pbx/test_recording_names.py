"""What names tell: a row a kind; anything else is unknown, and nothing is an error."""

import time
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.errors import InputError
from voicekit.pbx.recording_names import Kind, Name, parse, pattern

AT = datetime(2026, 11, 23, 7, 40, 59)
E = 1795419659
ID = f"{E}.133"
DAY = "/var/spool/asterisk/monitor/2026/11/23/"
STAMP = "20261123-074059"

TABLE = {
    f"{DAY}out-89161234567-1001-{STAMP}-{ID}.wav": Name(Kind.FREEPBX, ID, AT, E, "out", "1001", "89161234567"),
    f"{DAY}in-4951234567-+79161234567-{STAMP}-{ID}.wav": Name(
        Kind.FREEPBX, ID, AT, E, "in", "+79161234567", "4951234567"
    ),
    f"external-1001-unknown-{STAMP}-{ID}.WAV": Name(Kind.FREEPBX, ID, AT, E, "in", "", "1001"),
    f"exten-1002-1001-{STAMP}-{ID}.gsm": Name(Kind.FREEPBX, ID, AT, E, "internal", "1001", "1002"),
    f"q-600-79161234567-{STAMP}-{ID}.wav": Name(Kind.FREEPBX, ID, AT, E, "", "79161234567", "600"),
    f"rg-*4-#1-2-1001-{STAMP}-{ID}.wav": Name(Kind.FREEPBX, ID, AT, E, "", "1001", "*4-#1-2"),
    f"in-100--{STAMP}-{ID}.wav": Name(Kind.FREEPBX, ID, AT, E, "in", "", "100"),
    f"in-100-200-{STAMP}-pbx-2-{ID}.wav": Name(Kind.FREEPBX, f"pbx-2-{ID}", AT, E, "in", "200", "100"),
    f"in-20261122-111111-200-{STAMP}-{ID}.wav": Name(Kind.FREEPBX, ID, AT, E, "in", "200", "20261122-111111"),
    f"CONF-9001-always-{STAMP}-{ID}.wav": Name(Kind.CONFERENCE, ID, AT, E, destination="9001"),
    f"CONF-90-01-always-{STAMP}-{ID}-{E + 5}.wav": Name(Kind.CONFERENCE, ID, AT, E, destination="90-01"),
    f"confbridge-sales-team-{E}.wav": Name(Kind.CONFERENCE, epoch=E, destination="sales-team"),
    f"{ID}.wav": Name(Kind.UNIQUEID, ID, epoch=E),
    f"pbx-2-{ID}.wav49": Name(Kind.UNIQUEID, f"pbx-2-{ID}", epoch=E),
    f"auto-{E}-1001-89161234567.wav": Name(Kind.ONE_TOUCH, epoch=E, source="1001", destination="89161234567"),
    f"auto-{E}-PJSIP-1001-0000000a-1002.wav": Name(Kind.ONE_TOUCH, epoch=E),
    f"{E}-PJSIP-1001-0000000a-in.wav": Name(Kind.MONITOR, epoch=E, leg="in"),
    f"{E}-PJSIP-1001-0000000a-out.wav": Name(Kind.MONITOR, epoch=E, leg="out"),
    f"{E}-PJSIP-1001-0000000a.wav": Name(Kind.MONITOR, epoch=E),
    f"{ID}-in.wav": Name(Kind.UNIQUEID, ID, epoch=E, leg="in"),
    f"out-89161234567-1001-{STAMP}-{ID}-out.wav": Name(
        Kind.FREEPBX, ID, AT, E, "out", "1001", "89161234567", leg="out"
    ),
    "audio-in-7.wav": Name(Kind.MONITOR),
    "interview-in.wav": Name(Kind.UNKNOWN, leg="in"),
    "/var/spool/asterisk/voicemail/default/1001/INBOX/msg0003.wav": Name(Kind.VOICEMAIL, destination="1001"),
    "voicemail/sales/ann/Old/msg0000.WAV": Name(Kind.VOICEMAIL, destination="ann"),
    "/var/spool/asterisk/voicemail/default/1001/unavail.wav": Name(Kind.GREETING, destination="1001"),
    "/var/spool/asterisk/recording/my/call-in.wav": Name(Kind.ARI),
    f"/var/spool/asterisk/recording/{ID}.wav": Name(Kind.UNIQUEID, ID, epoch=E),
    "msg0003.wav": Name(Kind.UNKNOWN),
    "hello.wav": Name(Kind.UNKNOWN),
    "": Name(Kind.UNKNOWN),
    "/": Name(Kind.UNKNOWN),
    ".wav": Name(Kind.UNKNOWN),
    f"in-100-200-20261323-074059-{ID}.wav": Name(Kind.UNIQUEID, f"in-100-200-20261323-074059-{ID}", epoch=E),
    f"in-100-200-{STAMP}-.wav": Name(Kind.UNKNOWN),
    f"out-1-2-{STAMP}-{ID}.wav" + "x" * 250: Name(Kind.UNKNOWN),
}


@pytest.mark.parametrize("path", TABLE)
def test_a_name(path):
    assert parse(path) == TABLE[path]


PARTS = st.sampled_from(
    [
        "in",
        "out",
        "-",
        "auto",
        "CONF",
        str(E),
        ID,
        STAMP,
        "/",
        ".",
        "voicemail/",
        "recording/",
        "msg0",
        ".wav",
        "\n",
        "٣",
    ]
)
OWN = [pattern(r"(?P<source>\d+)_(?P<destination>\d+)_(?P<date>\d{8})(?:_(?P<time>\d{6}))?_(?P<epoch>\S+)")]


@settings(max_examples=500)
@given(st.one_of(st.text(max_size=300), st.lists(PARTS, max_size=20).map("".join)))
def test_no_name_is_an_error(path):
    assert isinstance(parse(path, OWN), Name)


NAMES = [f"{'-' * 255}", f"{'0' * 255}", "in-" * 85, f"{'20261123-074059-' * 15}", f"{(ID + '-') * 17}", "auto-1" * 40]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_slow(name):
    begun = time.process_time()
    parse(name[:250] + ".wav")
    assert time.process_time() - begun < 0.1


def test_patterns_are_asked_first():
    own = [pattern(r"(?P<direction>\w+)_(?P<source>\d+)_(?P<destination>\d+)_(?P<date>\d{8})(?P<time>\d{6})")]
    assert parse("x/Inbound_1001_600_20261123074059.mp3", own) == Name(Kind.PATTERN, "", AT, None, "in", "1001", "600")
    assert parse("Inbound_1001_600_20269923074059.mp3", own).kind is Kind.UNKNOWN
    day = [pattern(r"(?P<date>\d{8})_(?P<uniqueid>.+)")]
    assert parse(f"20261123_{ID}.wav", day) == Name(Kind.PATTERN, ID, datetime(2026, 11, 23), E)
    minute = [pattern(r"(?P<date>\d{8})_(?P<time>\d+)")]
    assert parse("20261123_0740.wav", minute).local == datetime(2026, 11, 23, 7, 40)
    assert parse("20261123_74059.wav", minute).local == datetime(2026, 11, 23, 7, 40, 59)
    assert parse("20261123_07405.wav", minute).kind is Kind.UNKNOWN
    assert parse("20261123_0740590.wav", minute).kind is Kind.UNKNOWN
    anything = [pattern(r"(?P<uniqueid>.+)")]
    assert parse(f"{ID}.wav", anything).kind is Kind.PATTERN
    assert parse("hello.wav", anything).kind is Kind.UNKNOWN


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(?P<source>", "no regular expression"),
        (r"\d+", "have to be named"),
        (r"(?P<caller>\d+)", "have to be named"),
        (r"(?P<source>\d+)" + "x" * 500, "500 characters"),
        (r"(?P<source>(\w+)+-)", "slow"),
        (r"(?P<source>(\w+){9}-)", "slow"),
        (r"(?P<source>.*)" + "-.*" * 12, "slow"),
        (r"(?P<source>(a|aa)*-)", "slow"),
        (r"(?P<source>a{99999999999})", "no regular expression"),
    ],
)
def test_patterns_that_are_refused(text, why):
    begun = time.process_time()
    with pytest.raises(InputError, match=why):
        pattern(text)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "text",
    [
        r"(?P<direction>[a-z]+)-(?P<destination>.*)-(?P<source>[^-]*)-(?P<date>\d{8})-(?P<time>\d{6})-(?P<uniqueid>.+)",
        "(?P<source>.*)-(?P<destination>.*)-.*",
        r"(?P<source>\+?\d+)(?:_[)*]+)?_(?P<destination>\(\d+\)*)",
    ],
)
def test_patterns_as_people_write_them(text):
    assert pattern(text).pattern == text

"""Numbers: all spellings of one are one key, and what is no number is none."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicekit.calls import numbers
from voicekit.calls.numbers import Sought
from voicekit.errors import InputError

COUNTRIES = {  # code, trunk prefix, international prefix, how national numbers begin, and their length or lengths
    "RU": ("7", "8", "810", ("916", "495", "812"), 10),
    "KZ": ("7", "8", "810", ("701", "727"), 10),
    "UA": ("380", "0", "00", ("50", "67"), 9),
    "BY": ("375", "80", "810", ("29", "33"), 9),
    "US": ("1", "1", "011", ("212", "415"), 10),
    "GB": ("44", "0", "00", ("20", "7911"), 10),
    "DE": ("49", "0", "00", ("30", "151", "171", "221"), {"30": 10, "151": 11, "171": 10, "221": 10}),
    "PL": ("48", "", "00", ("22", "60"), 9),
    "FR": ("33", "0", "00", ("1", "6"), 9),
}


@st.composite
def spelt(draw):
    """A country, the key of a number there, and one of its spellings."""
    country = draw(st.sampled_from(sorted(COUNTRIES)))
    code, trunk, abroad, beginnings, length = COUNTRIES[country]
    first = draw(st.sampled_from(beginnings))
    rest = (length[first] if isinstance(length, dict) else length) - len(first)
    national = first + "2" + "".join(draw(st.lists(st.sampled_from("23456789"), min_size=rest - 1, max_size=rest - 1)))
    text = draw(
        st.sampled_from([f"+{code}{national}", f"{code}{national}", f"{trunk}{national}", f"{abroad}{code}{national}"])
    )
    for sign in draw(st.lists(st.sampled_from(" -.()\u00a0"), max_size=4)):
        at = draw(st.integers(2, len(text) - 1))
        text = text[:at] + sign + text[at:]
    return country, f"{code}{national}", text


@given(spelt())
def test_all_spellings_of_a_number_are_one_key(case):
    country, key, text = case
    assert numbers.key(text, country) == key
    assert numbers.sought(text, country) == Sought(key, whole=True)


@given(st.from_regex(r"[1-9][0-9]{1,5}", fullmatch=True), st.sampled_from(["", *COUNTRIES]))
def test_extensions_stay_as_they_are(text, country):
    assert numbers.key(text, country) == text
    assert numbers.sought(text, country) == Sought(text, whole=True)


@given(st.text(max_size=60), st.sampled_from(["", "RU", "DE"]))
def test_whatever_is_no_number_has_no_key_and_nothing_else_comes_of_it(text, country):
    found = numbers.key(text, country)
    assert found == "" or (found.isascii() and found.isdecimal() and len(found) <= 40)


@pytest.mark.parametrize(
    "text", ["", "anonymous", "Unknown", "s", "h", "alice", "*97", "7" * 33, "+", "٣٤٥٦٧٨٩", "12a", "s-NOANSWER", "'"]
)
def test_what_is_no_number(text):
    assert numbers.key(text, "RU") == numbers.key(text, "") == ""
    with pytest.raises(InputError, match="is no number"):
        numbers.sought(text, "RU")


def test_a_number_from_abroad_keeps_its_country():
    assert (
        numbers.key("+49 30 12345678", "RU")
        == numbers.key("8~10 49 30 12345678".replace("~", ""), "RU")
        == "493012345678"
    )


def test_a_trunk_that_writes_00_for_the_plus():
    assert numbers.key("00491701234567", "RU") == numbers.key("+491701234567", "RU") == "491701234567"
    assert numbers.sought("0049 170 1234567", "US") == Sought("491701234567", whole=True)
    assert numbers.key("0012", "RU") == "0012"
    assert numbers.key("009999999999", "RU") == "009999999999"  # of no country


@pytest.mark.parametrize(("country", "text", "said"), [
    ("RU", "1234567", Sought("1234567", whole=False)),
    ("", "89161234567", Sought("89161234567", whole=False)),
    ("", "9161234567", Sought("9161234567", whole=False)),
    ("RU", "9161234567", Sought("79161234567", whole=True)),
])  # fmt: skip
def test_what_is_no_full_number_is_the_end_of_one(country, text, said):
    assert numbers.sought(text, country) == said


def test_last_digits():
    assert numbers.ending("45-67") == Sought("4567", whole=False)
    for text in ("", "+7", "abc", "4%"):
        with pytest.raises(InputError, match="no last digits"):
            numbers.ending(text)


def test_a_country_that_there_is_not():
    numbers.check("")
    numbers.check("RU")
    with pytest.raises(InputError, match='country = "XX"'):
        numbers.check("XX")


def test_without_the_library_the_error_says_what_to_install():
    program = (
        "import sys; sys.modules['phonenumbers'] = None\n"
        "from voicekit.calls import numbers\n"
        "assert numbers.key('101', 'RU') == '101' and numbers.key('89161234567', '') == '89161234567'\n"
        "try: numbers.key('89161234567', 'RU')\n"
        "except Exception as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install '.[archive]'" in done.stdout

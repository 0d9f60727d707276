"""Abbreviations and signs that are said in full."""

import re

from voicekit.text.en.grammar import ends
from voicekit.text.en.numbers import cardinal

_PHRASES = {
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "approx.": "approximately",
    "dept.": "department", "ext.": "extension", "tel.": "telephone", "Mr.": "Mister", "Mrs.": "Missis", "Ms.": "Miz",
    "Prof.": "Professor", "Jr.": "Junior", "Sr.": "Senior", "Inc.": "Incorporated", "Ltd.": "Limited",
    "Corp.": "Corporation", "Co.": "Company", "Ave.": "Avenue", "Blvd.": "Boulevard", "Rd.": "Road", "Ln.": "Lane",
    "Hwy.": "Highway", "Apt.": "Apartment", "Ste.": "Suite", "Bldg.": "Building", "Fl.": "Floor", "Mt.": "Mount",
    "a.m.": "A M", "p.m.": "P M", "min.": "minimum", "max.": "maximum",
    "a.k.a.": "also known as", "Ph.D.": "P H D", "hrs.": "hours", "sec.": "seconds",
    "w/": "with", "w/o": "without", "and/or": "and or",
}  # fmt: skip
_BEFORE_NAME = {"Mr.", "Mrs.", "Ms.", "Prof.", "Mt.", "e.g.", "i.e.", "vs.", "ext.", "tel.", "Apt.", "Ste.", "Bldg."}
_FULL = {short.lower(): full for short, full in _PHRASES.items()}
_PHRASE = re.compile(
    rf"(?<![\w.])(?:{'|'.join(re.escape(short) for short in sorted(_PHRASES, key=len, reverse=True))})(?!\w)",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?<![\w.])(?P<short>Dr|St)\.(?P<name>(?=\s[A-Z]))?")
_STREET = re.compile(r"[^.!?\s]\s[A-Z0-9]\w*\s$")  # «See St. Louis»: the capital of a sentence is no name
_NUMBER = re.compile(r"(?<!\w)(?:No\.|Nos\.|№|#)\s?(?=\d)")
_VERSION = re.compile(r"\b[vV](?:er\.\s?)?(?=\d+\.\d)")
_KEY = re.compile(r"(?<![^\s\"'(])([*#])(?![^\s,.;:!?\")'])")
_KEYS = {"*": "star", "#": "pound"}
_AND = re.compile(r"\s?&\s?")
_INITIALS = re.compile(r"(?<![\w.])(?:[A-Z]\.){2,}")
_ROMAN = re.compile(
    r"\b(?P<before>(?:World War|Part|Chapter|Volume|Phase|Section|Level|Type|Class|Stage|Article|Title|Tier)\s)"
    r"(?P<roman>(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3}))(?!\w)"
)
_VALUES = {"I": 1, "V": 5, "X": 10}


def number_sign(text: str) -> str:
    """«No. 5» and «#5» are said «number five», «Nos. 5 and 6» «numbers 5 and 6», «v2.1» «version 2.1»."""
    numbered = _NUMBER.sub(lambda match: "numbers " if match.group().startswith("Nos") else "number ", text)
    return _VERSION.sub("version ", numbered)


def abbreviations(text: str) -> str:
    """«e.g.» is said «for example», «Main St.» «Main Street», «St. John» «Saint John»."""

    def read(match: re.Match[str]) -> str:
        stop = "." * (match.group() not in _BEFORE_NAME and match.group().endswith(".") and ends(text, match.end()))
        return _FULL[match.group().lower()] + stop

    text = _PHRASE.sub(read, text)
    return _TITLE.sub(lambda match: _title(match, text), text)


def _title(match: re.Match[str], text: str) -> str:
    """Before a name a doctor or saint, after one a drive or street."""
    street = match["short"] == "St" and _STREET.search(text[max(0, match.start() - 40) : match.start()])
    if match["name"] is not None and not street:
        return {"Dr": "Doctor", "St": "Saint"}[match["short"]]
    return {"Dr": "Drive", "St": "Street"}[match["short"]] + "." * ends(text, match.end())


def initials(text: str) -> str:
    """«U.S.» is said «U S»."""

    def read(match: re.Match[str]) -> str:
        stop = "." * (match.end() == len(text))
        return match.group().replace(".", " ").strip() + stop

    return _INITIALS.sub(read, text)


def keys(text: str) -> str:
    """«press #» is said «press pound», «*» «star»."""
    return _KEY.sub(lambda match: _KEYS[match[1]], text)


def ampersands(text: str) -> str:
    """«sales & service» is said «sales and service»."""
    return _AND.sub(" and ", text).strip() if "&" in text else text


def romans(text: str) -> str:
    """«Chapter IV» is said «Chapter four»; only after words that roman numbers stand with."""

    def read(match: re.Match[str]) -> str:
        values = [_VALUES[letter] for letter in match["roman"]]
        pairs = zip(values, [*values[1:], 0], strict=True)
        return match["before"] + cardinal(sum(-value if value < after else value for value, after in pairs))

    return _ROMAN.sub(read, text)

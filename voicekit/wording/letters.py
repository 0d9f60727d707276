"""Words, and the alphabets that their letters are of."""

import re
import unicodedata

CYRILLIC, GREEK, LATIN = "Cyrillic", "Greek", "Latin"

_LANGUAGES = {
    CYRILLIC: "be bg kk ky mk mn ru tg uk",
    GREEK: "el",
    LATIN: "ca cs da de en es et eu fi fr ga gl hr hu is it lt lv nb nl nn no pl pt ro sk sl sq sv tr vi",
}
_ALPHABETS = {language: alphabet for alphabet, languages in _LANGUAGES.items() for language in languages.split()}

# Letters that look the same (Unicode's confusables.txt, those on Russian and English keyboards).
_LATIN, _CYRILLIC = "ABCEHKMOPTXYaceopxyi", "АВСЕНКМОРТХУасеорхуі"
_TWINS = {
    CYRILLIC: str.maketrans(_LATIN, _CYRILLIC),
    LATIN: str.maketrans(_CYRILLIC, _LATIN),
    GREEK: str.maketrans("ABEHIKMNOPTXYZov", "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖον"),
}

_PLAIN = str.maketrans(_CYRILLIC + "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖον", _LATIN + "ABEHIKMNOPTXYZov")

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # the second is that of typesetters
_STRESS = re.compile("\u0301|\\+(?=[^\\W\\d_])")  # in «з+амок» and «за́мок»


def words(text: str) -> list[str]:
    """The words in `text`, without digits, hyphens and stress marks."""
    return _WORD.findall(_STRESS.sub("", text))


def expected(language: str) -> str | None:
    """The alphabet of a language; None where it has several, or another."""
    return _ALPHABETS.get(language.partition("_")[0])


def alphabet(letter: str) -> str | None:
    """Which of the three that have letters in common it is of, if any."""
    name = unicodedata.name(letter, "").partition(" ")[0].capitalize()
    return name if name in _TWINS else None


def looks(text: str) -> str:
    """The same for texts that look alike: in Latin letters where there are such."""
    return text.translate(_PLAIN)


def strangers(word: str, language: str) -> dict[str, str]:
    """The letters of a mixed word that are not of its alphabet, each with theirs; empty when it is not mixed."""
    found = {letter: alphabet(letter) for letter in word}
    if len(set(found.values()) - {None}) < 2:
        return {}
    own = _own(word, language)
    return {letter: other for letter, other in found.items() if other not in (None, own)}


def mended(word: str, language: str) -> str:
    """A mixed word with its strange letters replaced by those that look the same; "" where some have no twin."""
    own = _own(word, language)
    whole = word.translate(_TWINS[own])
    return whole if {alphabet(letter) for letter in whole} <= {own, None} else ""


def _own(word: str, language: str) -> str:
    """The alphabet that a mixed word is meant to be in: most of its letters, the language's when in doubt."""
    found = [alphabet(letter) for letter in word]
    return max(_TWINS, key=lambda one: (found.count(one), one == expected(language)))

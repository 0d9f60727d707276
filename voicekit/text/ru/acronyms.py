"""Words in capitals that are read by their letters, and keys of a telephone."""

import re

from voicekit.text.ru import grammar

_CYRILLIC = dict(
    zip(
        "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
        "а бэ вэ гэ дэ е ё жэ зэ и ий ка эль эм эн о пэ эр эс тэ у эф ха цэ че ша ща твёрдый-знак ы "
        "мягкий-знак э ю я".split(),
        strict=True,
    )
)
_LATIN = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "эй би си ди и эф джи эйч ай джей кей эль эм эн о пи кью ар эс ти ю ви дабл-ю икс уай зет".split(),
        strict=True,
    )
)
_NAMES = _CYRILLIC | _LATIN
# Read as words although no dictionary of common words has them, or has them as an abbreviation.
_WORDS = set(
    "ГОСТ СНИЛС ОСАГО КАСКО МРОТ МИД ВУЗ ЗАГС ЖЭК ДЭЗ ТЭЦ ГУМ ЦУМ ФИО РОСТО НАТО ЮНЕСКО СПИД ТАСС МКАД КАМАЗ УАЗ "
    "ВАЗ ЛУКОЙЛ САМБО НИИ НОТА ОМОН ОПЕК БАМ СКОЛКОВО ОГАИ".split()
)
_LATIN_WORDS = {"PIN": "пин", "VIP": "вип", "SIM": "сим", "NASA": "наса", "PUSH": "пуш"}
_ODD = {"США": "сэ-шэ-а", "ФРГ": "фэ-эр-гэ", "ЖКХ": "жэ-ка-ха", "ФСБ": "эф-эс-бэ", "ФНС": "эф-эн-эс"}
_NO_WORDS = {"Abbr", "Name", "Surn", "Geox", "Orgn", "Init"}
_LONGEST = 5
_PRONOUNCED, _VOWELS = 4, set("AEIOU")  # Latin ones of four letters with a vowel are mostly words: COVID, ASAP
_CAPITALS = re.compile(r"(?<![^\W_])(?:[А-ЯЁ]{2,}|[A-Z]{2,})(?![^\W_])")
_KEY = re.compile(r"(?<![^\s«\"(])([*#])(?![^\s,.;:!?»\")])")
_KEYS = {"*": ("звёздочка", "звёздочку"), "#": ("решётка", "решётку")}
_CODE = re.compile(r"(?<![^\s«\"(])(?:\*\d+(?:[*#]\d+)*#?|\d+(?:[*#]\d+)*#)(?!\w)")
_PRESS = re.compile(r"наж[аимё]|наб[ие]р|введ|ввод", re.IGNORECASE)
_AND = re.compile(r"\s?&\s?")


def acronyms(text: str) -> str:
    """«ИНН» is said «и-эн-эн», «SMS» «эс-эм-эс»; «ГОСТ», and «ВНИМАНИЕ» in capitals, are words."""
    return _CAPITALS.sub(lambda match: _read(match.group()), text)


def _read(word: str) -> str:
    if word in _LATIN_WORDS or word in _ODD:
        return _LATIN_WORDS.get(word) or _ODD[word]
    pronounced = len(word) >= _PRONOUNCED and word.isascii() and not _VOWELS.isdisjoint(word)
    if len(word) > _LONGEST or word in _WORDS or pronounced or _common(word):
        return word
    return "-".join(_NAMES[letter] for letter in word)


def _common(word: str) -> bool:
    """Whether the dictionary has it as a word, and not as an abbreviation or a name («Инн», of several Innas)."""
    return any(_NO_WORDS.isdisjoint(parse.tag.grammemes) for parse in grammar.parses(word))


def key_codes(text: str) -> str:
    """«*100#» is said «звёздочка, 100, решётка»."""

    def read(match: re.Match[str]) -> str:
        return ", ".join(_KEYS[part][0] if part in _KEYS else part for part in re.findall(r"[*#]|\d+", match.group()))

    return _CODE.sub(read, text)


def keys(text: str) -> str:
    """«нажмите *» is said «нажмите звёздочку», «символ #» «символ решётка»."""
    pressed = _PRESS.search(text) is not None
    return _KEY.sub(lambda match: _KEYS[match[1]][pressed], text)


def ampersands(text: str) -> str:
    """«продажи & сервис» is said «продажи и сервис»."""
    return _AND.sub(" и ", text).strip() if "&" in text else text

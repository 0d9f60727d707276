"""Numbers that are a part of a word («5-летний»), and shares («1/2 стоимости»)."""

import re

from voicekit.text.ru import grammar
from voicekit.text.ru.grammar import Case
from voicekit.text.ru.numbers import Amount, Gender, cardinal

_WORD = re.compile(r"(?<![\w,.-])(?:(?P<half>1,5)|(?P<number>\d{1,4}))-(?P<rest>[а-яё]{4,})")
_BOUND = {"одного": "одно", "девяноста": "девяносто", "ста": "сто", "тысячи": "тысяче"}
_JOINED = 1000  # the highest that is one word

_SHARE = re.compile(r"(?<![\w/.,])(1/2|1/3|2/3|1/4|3/4)(?=\s+[а-яё]{3,})")
_SHARES = {
    "1/2": (0, "половина"),
    "1/3": (1, "треть"),
    "2/3": (2, "треть"),
    "1/4": (1, "четверть"),
    "3/4": (3, "четверть"),
}
_ADDRESSES = {"дом", "квартира", "корпус", "строение", "офис", "кабинет", "участок", "номер"}


def compounds(text: str) -> str:
    """«5-летний» is said «пятилетний», «24-часовая» «двадцатичетырёхчасовая»."""

    def read(match: re.Match[str]) -> str:
        if match["half"]:
            return f"полутора{match['rest']}"
        number = int(match["number"])
        if not 0 < number <= _JOINED:
            return match.group()
        words = ["тысячи"] if number == _JOINED else cardinal(number, Case.GENITIVE).split()
        return "".join([*(_BOUND.get(word, word) for word in words), match["rest"]])

    return _WORD.sub(read, text)


def shares(text: str) -> str:
    """«1/2 стоимости» is said «половина стоимости»; «дом 1/2» is none."""

    def read(match: re.Match[str]) -> str:
        before = grammar.word_before(text, match.start())
        counted = grammar.counted(text, match.end())
        if _ADDRESSES & {parse.normal_form for parse in grammar.nouns(before)} or not any(
            Case.GENITIVE in parse.tag for parse in counted
        ):
            return match.group()
        number, lemma = _SHARES[match[1]]
        case = (grammar.cases(before) or (Case.NOMINATIVE,))[0]
        if not number:
            return grammar.inflected(lemma, frozenset({"sing", case}))
        amount = Amount(number)
        return f"{amount.words(case, Gender('f'))} {grammar.inflected(lemma, amount.form(case))}"

    return _SHARE.sub(read, text)

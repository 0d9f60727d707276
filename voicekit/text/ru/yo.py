"""The letter ё, which is mostly written е."""

import re
from functools import lru_cache

from voicekit.text.ru import grammar

_WORD = re.compile(r"(?<![а-яё])[а-яё]+", re.IGNORECASE)


def yo(text: str) -> str:
    """«еще» is said «ещё»: where the dictionary knows the word with ё only. «все» may be either, and stays."""
    return _WORD.sub(lambda match: _with_yo(match.group()), text)


@lru_cache(maxsize=16384)
def _with_yo(word: str) -> str:
    if not {"е", "Е"} & set(word):
        return word
    forms = {parse.word for parse in grammar.parses(word.lower())}
    form = forms.pop() if len(forms) == 1 else word
    if len(form) != len(word):
        return word
    return "".join(new.upper() if old.isupper() else new for old, new in zip(word, form, strict=True))

"""Words that no dictionary has."""

import re
from collections.abc import Mapping, Sequence

from voicekit.catalogue import Prompt
from voicekit.hosts import hunspell
from voicekit.text.lexicon import Lexicon
from voicekit.wording import Finding, Found, letters
from voicekit.wording.alone import known_words

_SHOWN = 3  # of what may be meant
_SHORTEST = 3  # letters: two are the name of a letter, or of a note

# Not at the beginning of a sentence: a name.
_CAPITAL = re.compile(r"(?<![.!?:…])(?<![.!?:…]\W)(?<=[\w,;–—-])[\s–—-]+[«\"]?([^\W\d_]\w*)")  # noqa: RUF001


def findings(prompts: Sequence[Prompt], language: str, lexicon: Lexicon) -> Found:
    """What hunspell's dictionary of the language has not, in the order of the prompts.

    Left out are words in capitals, names, words in another alphabet and those that the lexicon knows.
    Raises InputError when hunspell fails; ask `missing` before.
    """
    against = hunspell.dictionary(language)
    assert against is not None
    asked = {prompt.key: _asked(prompt, lexicon) for prompt in prompts}
    every = dict.fromkeys(word for words in asked.values() for word in words)
    wrong = {word: meant for word, meant in hunspell.misspelt(every, against).items() if not _same(word, meant)}
    for prompt in prompts:
        for word in asked[prompt.key]:
            if word in wrong:
                yield prompt, _finding(word, wrong)


def missing(language: str) -> str:
    """What this machine lacks for the spelling of a language, to be read after «apt-get install»; "" for nothing."""
    lacks = [] if hunspell.installed() else ["hunspell"]
    if hunspell.dictionary(language) is None:
        base = language.partition("_")[0]
        lacks.append("hunspell-en-us" if base == "en" else f"hunspell-{base}")
    return " ".join(lacks)


def _asked(prompt: Prompt, lexicon: Lexicon) -> dict[str, None]:
    """The words to look up, each once, in their order."""
    known = known_words(prompt, lexicon)
    own = {letters.expected(prompt.language), None}
    names = set(_CAPITAL.findall(prompt.speech))
    words = dict.fromkeys(word.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") for word in letters.words(prompt.speech))
    return {
        word: None
        for word in words
        if len(word) >= _SHORTEST
        and word.casefold() not in known
        and not word.isupper()
        and not (word[0].isupper() and word in names)
        and ({letters.alphabet(letter) for letter in word} <= own or own == {None})
    }


def _same(word: str, meant: Sequence[str]) -> bool:
    """Nobody hears capitals."""
    return word.casefold() in (one.casefold() for one in meant)


def _finding(word: str, wrong: Mapping[str, Sequence[str]]) -> Finding:
    meant = ", ".join(wrong[word][:_SHOWN])
    return Finding("spelling", f'"{word}" is in no dictionary' + (f": {meant}?" if meant else ""))

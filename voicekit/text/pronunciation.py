"""Where the pronunciations of a lexicon stand in what an engine is to say, for engines that take them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from voicekit.text import Entry, Lexicon, Stress, spoken, stressed

_LETTER = r"[a-zæçðøħŋœǀ-ǃɐ-ʯβθχ\u1d00-\u1dbfⁿ]"
_TIE = r"[\u035c\u0361]"
_MARK = r"[ʰ-ˇː-˿\u0300-\u036f]"  # what belongs to the letter before it: palatal, long, nasal ...
_PAUSE = r"[ˈˌ.|‖‿ ]"  # stress, and what stands between syllables and words
_IPA = re.compile(f"{_LETTER}|{_MARK}|{_PAUSE}")
_PHONEME = re.compile(f"{_LETTER}(?:{_TIE}{_LETTER}|{_MARK})*")


def parts(text: str, language: str, entries: Sequence[Entry], stress: Stress) -> Iterator[tuple[str, str]]:
    """`text` in parts, each with the IPA that it is to be said by, "" for as it stands.

    `text` is what lexicon, text steps and `stress` made of the words, so looked for is what they make of each entry.
    Joined, the parts give it back, but for the case of letters in what has a pronunciation.
    """
    sounds = {_final(entry, language, stress): entry.ipa for entry in entries if entry.ipa}
    lexicon = Lexicon(tuple(Entry(words, f"\0{words}\0") for words in sounds if words))
    replaced, _ = lexicon.apply(text.replace("\0", " "), language)
    for number, part in enumerate(replaced.split("\0")):
        if part:
            yield part, sounds[part] if number % 2 else ""


def _final(entry: Entry, language: str, stress: Stress) -> str:
    return stressed(spoken(entry.say or entry.word, language, Lexicon()).text, stress).replace("\0", " ")


def refusal(entries: Iterable[Entry]) -> str:
    """Why the `ipa` of an entry is no IPA (but X-SAMPA, or has slashes around it); "" when all are."""
    for entry in entries:
        if strange := _IPA.sub("", entry.ipa):
            return f'"{strange[0]}" in ipa of "{entry.word}" is no sign of the IPA; correct lexicon.toml'
        if entry.ipa and not phonemes(entry.ipa):
            return f'ipa of "{entry.word}" holds no speech sound; correct lexicon.toml'
    return ""


def phonemes(ipa: str) -> list[str]:
    """The speech sounds of a pronunciation, each with its marks, without stress: «t͡ɕˈutʲ» is t͡ɕ u tʲ."""
    return _PHONEME.findall(ipa)

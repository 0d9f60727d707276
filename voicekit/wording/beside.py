"""What is odd about prompts beside each other."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from voicekit.catalogue import Catalogue, Prompt
from voicekit.wording import Finding, Found
from voicekit.wording.numbers import differing, numbers

_OPEN = ("...", "…")  # it goes on, or went before
_WORD = re.compile(r"\w+|[^\w\s.,:;!?…'\"«»()–—-]")  # noqa: RUF001  of signs, those that are spoken


def findings(catalogue: Catalogue) -> Found:
    """In no order; of two prompts the later one by language and id is told of."""
    by_id: defaultdict[str, list[Prompt]] = defaultdict(list)
    by_words: defaultdict[tuple[str, ...], list[Prompt]] = defaultdict(list)
    for prompt in catalogue.values():
        by_id[prompt.id.lower()].append(prompt)
        if prompt.speech:
            by_words[prompt.language, *_folded(prompt.speech)].append(prompt)
    languages = sorted({prompt.language for prompt in catalogue.values()})
    for prompts in by_id.values():
        yield from _one_id(prompts, languages)
    for prompts in by_words.values():
        yield from _same_words(prompts)


def _one_id(prompts: Sequence[Prompt], languages: Sequence[str]) -> Found:
    """The prompts of one id, in all languages that have it."""
    first = prompts[0]
    there = {prompt.language: prompt for prompt in prompts}
    for prompt in prompts[1:]:
        if prompt.id != first.id:
            yield prompt, Finding("id-case", f'"{prompt.id}" is "{first.id}" in {first.language}')
        yield from _numbers(prompt, first)
    if missing := [language for language in languages if not _covered(language, there)]:
        yield first, Finding("missing-language", f"not there in {', '.join(missing)}")


def _covered(language: str, there: Mapping[str, Prompt]) -> bool:
    """Asterisk plays `en` where there is no `en_GB`."""
    parts = language.split("_")
    return any("_".join(parts[:length]) in there for length in range(1, len(parts) + 1))


def _numbers(prompt: Prompt, other: Prompt) -> Found:
    said, there = (numbers(one.speech, one.language) for one in (prompt, other))
    mine, theirs = differing(said, there)
    if mine:
        detail = f"{_listed(mine)} here, and {_listed(theirs)} in {other.language}"
        yield prompt, Finding("other-numbers", detail)


def _listed(found: set[int]) -> str:
    return ", ".join(map(str, sorted(found)))


def _same_words(prompts: Sequence[Prompt]) -> Found:
    first = prompts[0]
    for prompt in prompts[1:]:
        if prompt.speech == first.speech:
            yield prompt, Finding("same-words", f'"{first.id}" has the same')
        else:
            yield prompt, Finding("nearly-same-words", f'here "{prompt.speech}", in "{first.id}" "{first.speech}"')


def _folded(speech: str) -> tuple[str, ...]:
    """Without punctuation and capitals, but "... extension ..." is said otherwise than "Extension."."""
    open_ends = (speech.startswith(_OPEN), speech.endswith(_OPEN))
    return *map(str, open_ends), *_WORD.findall(speech.casefold())

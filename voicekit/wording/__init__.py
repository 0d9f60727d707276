"""What is odd about the words of prompts: a table of codes. docs/prompts-lint.md says the same at length."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from voicekit.catalogue import Prompt
from voicekit.outcome import Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """What a finding means for callers (FAILED: they hear it; SKIPPED: look at it), and what to do."""

    verdict: Verdict
    remedy: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is odd about one prompt. `code` is a key of RULES; a remedy of its own says more than the rule's."""

    code: str
    detail: str
    own_remedy: str = ""

    @property
    def rule(self) -> Rule:
        return RULES[self.code]

    @property
    def remedy(self) -> str:
        return self.own_remedy or self.rule.remedy


Found = Iterator[tuple[Prompt, Finding]]

_LEXICON = "write it as it is said, or put it into the voice's lexicon.toml"

RULES: Mapping[str, Rule] = MappingProxyType(
    {code: Rule(verdict, remedy) for verdict, code, remedy in (
        (Verdict.FAILED, "unspeakable", "take it out, or put it into [brackets]"),
        (Verdict.FAILED, "mixed-alphabet", "type the word again"),
        (Verdict.FAILED, "id-case", "give both one id: Asterisk tells capitals from small letters"),
        (Verdict.SKIPPED, "other-alphabet", _LEXICON),
        (Verdict.SKIPPED, "spelling", "mend it, or put it into the voice's lexicon.toml if it is right"),
        (Verdict.SKIPPED, "doubled-word", "take one out"),
        (Verdict.SKIPPED, "unbalanced", "add the other one, or take this one out"),
        (Verdict.SKIPPED, "too-long", "cut it in two, or shorten it: callers forget what was said 20 s ago"),
        (Verdict.SKIPPED, "other-numbers", "say which is right, and mend the other"),
        (Verdict.SKIPPED, "missing-language", "write it, or callers hear the default language"),
        (Verdict.SKIPPED, "same-words", "keep one, if both are played in the same place"),
        (Verdict.SKIPPED, "nearly-same-words", "make them one, or callers hear two readings of the same"),
    )}
)  # fmt: skip

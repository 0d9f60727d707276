"""A text step is a function str -> str; its name is what `voicekit prompts say` prints."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Step = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class When:
    """Steps, in a row, that are only taken when a cheap look finds `sign` in the text: most prompts pay for that look
    and no more, and the libraries behind the steps are not even imported.
    """

    sign: re.Pattern[str]
    steps: tuple[Step, ...]

    def __call__(self, text: str) -> str:
        for step in self.taken(text):
            text = step(text)
        return text

    def taken(self, text: str) -> tuple[Step, ...]:
        return self.steps if self.sign.search(text) else ()


def trace(steps: Sequence[Step], text: str) -> Iterator[tuple[str, str]]:
    """Name and result of each step that changed something."""
    for step in steps:
        said = step(text)
        if said == text:
            continue
        if isinstance(step, When):
            yield from trace(step.steps, text)
        else:
            yield step.__name__.replace("_", " "), said
        text = said

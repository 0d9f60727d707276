"""Pieces of the page. Whatever is put in by `Words` is escaped there; all else that comes in is HTML already."""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from voicekit.calls.report.locales import LOCALES, Locale
from voicekit.calls.report.texts import TEXTS


@dataclass(frozen=True, slots=True)
class Words:
    """What the page says, in its language."""

    locale: Locale
    texts: Mapping[str, str]

    @classmethod
    def of(cls, language: str) -> "Words":
        return cls(LOCALES[language], TEXTS[language])

    def plain(self, key: str, **values: object) -> str:
        """For what escapes by itself: a chart."""
        return self.texts[key].format(**values)

    def __call__(self, key: str, **values: object) -> str:
        return html.escape(self.plain(key, **values))


def figure(title: str, legend: str, svg: str, table: str, summary: str, note: str = "") -> str:
    """A chart, with the same as a table for who sees no picture, or wants the numbers."""
    caption = f"<figcaption>{note}</figcaption>" if note else ""
    details = f'<details><summary>{summary}</summary><div class="wide">{table}</div></details>'
    return f"<figure><h3>{title}</h3>{legend}{svg}{caption}{details}</figure>"


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """Of kinds and their words."""
    items = "".join(f'<li><i class="{kind}"></i>{words}</li>' for kind, words in entries)
    return f'<ul class="legend">{items}</ul>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], texts: Sequence[int] = ()) -> str:
    """`texts` are columns that stand left, besides the first."""

    def cell(tag: str, number: int, text: str, more: str = "") -> str:
        kind = ' class="text"' if number in texts else ""
        return f"<{tag}{kind}{more}>{text}</{tag}>"

    head = "".join(cell("th", number, text, ' scope="col"') for number, text in enumerate(heads))
    lines = []
    for first, *rest in rows:
        cells = "".join(cell("td", number, text) for number, text in enumerate(rest, 1))
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    body = "\n".join(lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def paragraphs(*lines: str, kind: str = "") -> str:
    """Those that say something."""
    named = f' class="{kind}"' if kind else ""
    return "\n".join(f"<p{named}>{line}</p>" for line in lines if line)

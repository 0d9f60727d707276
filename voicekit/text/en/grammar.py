"""What stands about an abbreviation."""

import re

_END = re.compile(r"[»”)\"'\s]*(?:$|(?<=\s)[\"(]?[A-Z])")


def ends(text: str, end: int) -> bool:
    """Whether a sentence ends at `end`: then the dot of an abbreviation was its stop as well."""
    return _END.match(text, end) is not None

"""Addresses of mail and web, read aloud."""

import re
from collections.abc import Callable, Mapping

_HOST = r"(?:[\w-]+\.)+(?:[^\W\d_]{2,24})"
ADDRESS = re.compile(
    rf"(?<![\w@.-])(?:(?P<mail>[\w.+-]{{1,64}}@{_HOST})|(?P<url>(?:https?://|www\.){_HOST}[\w/%~.-]*)"
    r"|(?P<bare>(?:[a-zA-Z][\w-]*\.){1,3}(?:com|org|net|info|io|ru|su|uk|de|eu|us|biz)(?:/[\w/%~.-]*)?))(?![\w@])",
)
_SIGNS = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")


def reader(signs: Mapping[str, str], names: Mapping[str, str]) -> Callable[[str], str]:
    """A function that reads all addresses of a text: `signs` are what @ . - and others are called, `names` how parts
    are said that are no words («www»).
    """

    def read(match: re.Match[str]) -> str:
        address = match.group().split("://")[-1]
        tail = ""
        while address[-1] in "./-":
            tail = address[-1] + tail
            address = address[:-1]
        parts = (signs.get(part) or names.get(part.lower()) or part for part in _SIGNS.findall(address))
        return " ".join(parts) + tail.lstrip("/")

    return lambda text: ADDRESS.sub(read, text)

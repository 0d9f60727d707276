"""Where a store is: one line of text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from voicekit import toml
from voicekit.errors import InputError

_SECRETS = "leave it out: keys come from ~/.aws, the environment or the SSH agent (a : or @ of a path is %3A or %40)"
_PASSWORD = re.compile(":.*@", re.DOTALL)  # before urlsplit, which ends a password at its first / ? or #
_KEY = re.compile(r"(?i)secret|passw|passphrase|pwd|token|credential|key")
FORM = "file:FOLDER, s3://BUCKET/PREFIX or sftp://USER@HOST/FOLDER"


@dataclass(frozen=True, slots=True)
class Address:
    """`scheme://place/path?options`; for a folder `file:path`, with no place.

    `text` is all of it. An address with what may be a password is refused; for what may hold one all the same, as
    does a text that is no address, only the scheme is shown.
    """

    text: str
    scheme: str
    place: str
    path: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For messages: without the options."""
        return self.text.partition("?")[0]

    def only(self, *known: str) -> None:
        """Refuse options that are none, naming the nearest, and showing none of their values."""
        for name in self.options:
            if name not in known:
                raise InputError(f"{shown(self.text)}: {toml.unknown('option', name[:40], set(known))}")


def shown(text: str) -> str:
    """All that is shown of a text that may hold a secret: its scheme."""
    scheme, colon, _ = text.partition(":")
    return f"{scheme}:..." if colon and re.fullmatch("[A-Za-z][A-Za-z0-9+.-]{0,9}", scheme) else "this"


def parse(text: str, base: Path = Path()) -> Address:
    """An address; the folder of `file:` is taken from `base`. Raises `InputError`, which repeats only the scheme."""
    strange = InputError(f"{shown(text)} is no address of a store; write {FORM}")
    secret = InputError(f"{shown(text)}: holds a password, or what may be one; {_SECRETS}")
    if _PASSWORD.search(text.partition(":")[2]):
        raise secret
    try:
        parts = urlsplit(text)
        _ = parts.port  # a ValueError when what stands there is no number, but perhaps the password of nobody
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query), max_num_fields=20))
    except ValueError:
        raise strange from None
    if parts.fragment or bool(parts.netloc) == (parts.scheme == "file") or not (parts.netloc or parts.path):
        raise strange
    if any(map(_PASSWORD.search, (unquote(parts.netloc), *options.values()))) or any(map(_KEY.search, options)):
        raise secret
    if parts.scheme == "file":
        folder = Path(unquote(parts.path)).expanduser()
        return Address(text, "file", "", str((base / folder).absolute()), options)
    return Address(text, parts.scheme, parts.netloc, unquote(parts.path), options)

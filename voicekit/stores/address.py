"""Where a store is: one line of text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from voicekit import toml
from voicekit.errors import InputError

FORM = "file:FOLDER, s3://BUCKET/PREFIX or sftp://USER@HOST/FOLDER"


@dataclass(frozen=True, slots=True)
class Address:
    """`scheme://place/path?options`; for a folder `file:path`, with no place.

    `text` is all of it, and holds no secret: an address with a password is refused.
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
        """Refuse options that are none, naming the nearest."""
        for name in self.options:
            if name not in known:
                raise InputError(f"{self.text}: {toml.unknown('option', name, set(known))}")


def parse(text: str, base: Path = Path()) -> Address:
    """An address; the folder of `file:` is taken from `base`. Raises `InputError`, which repeats no password."""
    strange = InputError(f'"{text[:100]}" is no address of a store; write {FORM}')
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query), max_num_fields=20))
    except ValueError:
        raise strange from None
    if parts.password is not None:
        raise InputError(f"{parts.scheme}://...@{parts.hostname or ''}: holds a password; {_SECRETS}")
    if parts.fragment or bool(parts.netloc) == (parts.scheme == "file") or not (parts.netloc or parts.path):
        raise strange
    if parts.scheme == "file":
        folder = Path(unquote(parts.path)).expanduser()
        return Address(text, "file", "", str((base / folder).absolute()), options)
    return Address(text, parts.scheme, parts.netloc, unquote(parts.path), options)


_SECRETS = "leave it out: keys come from ~/.aws, the environment or the SSH agent"

"""How a target knows an announcement: by a name that schedulers and paths there can have, of a-z, 0-9 and `-` alone.

It is the path of the prompt, written so that it can be read back: two prompts are two names, and people see the path.
"""

import re

from voicekit.lock import Key

_WRITTEN = {"/": "--", "-": "-0", "_": "-1"}
_READ = {written: sign for sign, written in _WRITTEN.items()}
_NAME = re.compile(r"(?<!\S)[a-z][a-z0-9-]*--[a-z0-9-]+(?![^\s:;,])")


def name_of(key: Key) -> str:
    """A capital is its small letter behind a dash: `ru/custom/VIP_hours` is `ru--custom---v-i-p-1hours`."""
    signs = "/".join(key)
    return "".join(_WRITTEN.get(sign) or (f"-{sign.lower()}" if sign.isupper() else sign) for sign in signs)


def prompt_of(name: str) -> str:
    """The path of the prompt, as `ru/custom/announce`; a name that has none is given back."""
    path = re.sub("-.", lambda found: _READ.get(found[0]) or found[0][1].upper(), name)
    return path if "/" in path else name


def readable(said: str) -> str:
    """What say.sh says, with paths in place of names."""
    return _NAME.sub(lambda found: prompt_of(found[0]), said)

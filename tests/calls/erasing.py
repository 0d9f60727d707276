"""Hold, erase and retain as jobs, and everything that an archive leaves behind, opened as far as its keys open it."""

import base64
import io
import re
from contextlib import suppress

from calls.archives import Workspace, tree

from voicekit.calls import flac, seal
from voicekit.calls.index.query import Query
from voicekit.calls.index.selection import Selection
from voicekit.calls.notes import Note
from voicekit.calls.numbers import sought
from voicekit.errors import VoicekitError
from voicekit.jobs import erase_calls, find_calls, hold_calls, reindex_calls, retain_calls, unhold_calls

NEVER = 1_000_000 * 86_400  # seconds after 1970, when every rule but "forever" is over


def of(number="", *recordings, **asked):
    return Selection(Query(number=sought(number, "RU") if number else None, **asked), recordings)


def _with_store(workspace, job, *args):
    with workspace.reach() as store:
        return list(job(workspace.settings, workspace.ring, store, *args))


def hold(workspace, selection, case="case 1", reason="a claim"):
    return _with_store(workspace, hold_calls.apply, selection, Note(reason, case))


def unhold(workspace, selection=None, case="case 1", reason="settled"):
    return _with_store(workspace, unhold_calls.apply, selection or Selection(), Note(reason, case))


def erase(workspace, selection=None, reason="request 17"):
    return _with_store(workspace, erase_calls.apply, selection or Selection(), reason)


def plan(workspace, selection):
    return _with_store(workspace, erase_calls.plan, selection)


def retain(workspace, now=NEVER, *, apply=True):
    return _with_store(workspace, retain_calls.apply if apply else retain_calls.plan, now)


def find(workspace, number="", limit=100):
    asked = Query(number=sought(number, "RU") if number else None)
    return [o for o in _with_store(workspace, find_calls.apply, asked, limit) if o.code == "found"]


def reindex(workspace):
    return _with_store(workspace, reindex_calls.apply)


def everything(workspace: Workspace, *folders) -> list[bytes]:
    """Every file of workspace, spool and folders, with its name, and whatever any key of the ring opens in them."""
    found = []
    for folder in (workspace.root, workspace.spool, *folders):
        for name, data in tree(folder).items():
            if name != b"calls.key":
                found += [name, data]
    keys = list(_keys(workspace, found))
    return found + [plain for data in found for plain in _opened(data, keys)]


def _keys(workspace, found):
    """Every key of a recording or a note, wrapped anywhere in any way."""
    for data in found:
        names = set(re.findall(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|notes/[\w-]+/[0-9a-f]{16}", data))
        wrapped = {base64.b64decode(each) for each in re.findall(rb'"key": "([A-Za-z0-9+/=]{20,})"', data)}
        names |= {name for each in found for name in re.findall(rb"notes/[\w-]+/[0-9a-f]{16}", each)}
        for name in names:
            for each in wrapped:
                for master in workspace.ring.ids if workspace.ring else ():
                    with suppress(VoicekitError):
                        yield name.decode(), workspace.ring.unwrap(master, each, name.decode())


def _opened(data, keys):
    for each in re.findall(rb'"(?:sidecar|text)": "([A-Za-z0-9+/=]{20,})"', data):
        shut = base64.b64decode(each)
        yield shut
        for name, key in keys:
            for what in ("sidecar", "note"):
                with suppress(VoicekitError):
                    yield seal.unshut(shut, key, what, name)
    if data.startswith(seal.MAGIC):
        for _, key in keys:
            with suppress(VoicekitError):
                yield (sound := b"".join(seal.opened([data], key, len(data))))
                with suppress(Exception):
                    yield b"".join(flac.read(io.BytesIO(sound)))


def spellings(*numbers):
    """Of each: as it is, with signs between, and backwards, as an index keeps it."""
    for number in numbers:
        bare = number.lstrip("+")
        last = bare[-10:]
        for each in (bare, last, f"{last[:3]}) {last[3:6]}-{last[6:8]}-{last[8:]}", f"{last[:3]} {last[3:6]}"):
            yield each.encode()
            yield each.encode()[::-1]


def nowhere(workspace, needles, *folders):
    """Which of these bytes are somewhere, with what they are in."""
    there = everything(workspace, *folders)
    return {needle for needle in needles for data in there if needle in data}


class Eraser(Workspace):
    """What a process of its own can be told to do."""

    def erase(self, caller):
        return erase(self, of(caller))

    def retain(self):
        return retain(self)

"""What the index says of one recording, out of its receipt and its sidecar; whatever a sidecar lacks is left out."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from voicekit import formats
from voicekit.calls import naming, numbers
from voicekit.calls.cdr.call import Call
from voicekit.calls.receipts import Receipt
from voicekit.errors import InputError

LONGEST = 255  # characters of a name or number in a column; all of it is in the sidecar
MOST = 100  # numbers of one call: more are an attack, or a fault

_HEADERS = {"wav": 44, "wav16": 44}  # bytes
_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, InputError)


@dataclass(frozen=True, slots=True)
class Row:
    """`archived`, `began` (UTC) and `duration` in seconds; `estimated`: of the sound by its size, not by records.

    `source` and `destination` as they were noted, `keys` all numbers of the call as they are compared; `object` is the
    key of an adopted one's, below `prefix`. `sidecar` is empty, and all that is from it, where it could not be opened:
    `lacking` then says why.
    """

    receipt: Receipt
    archived: int
    pbx: str
    began: int | None = None
    duration: int | None = None
    estimated: bool = False
    direction: str = ""
    queue: str = ""
    agent: str = ""
    source: str = ""
    destination: str = ""
    uniqueid: str = ""
    linkedid: str = ""
    keys: tuple[str, ...] = ()
    object: str = ""
    prefix: str = ""
    sidecar: Mapping[str, Any] = field(default_factory=dict, repr=False)
    lacking: str = ""


def bare(receipt: Receipt, at: str, lacking: str) -> Row:
    """Of a recording whose sidecar could not be opened, and why; `at` is when the ledger says that it was archived."""
    pbx = receipt.page.split("/")[1] if receipt.page.count("/") > 1 else ""
    return Row(receipt, second(at) or 0, pbx, lacking=lacking)


def row(receipt: Receipt, at: str, sidecar: Mapping[str, Any], country: str) -> Row:
    """`country` is that of the PBX: see `numbers.key`. Records that are none count as if there were none."""
    try:
        return _row(receipt, at, sidecar, country, Call.of(sidecar["call"]))
    except _DAMAGE:
        return _row(receipt, at, sidecar, country, None)


def _row(receipt: Receipt, at: str, sidecar: Mapping[str, Any], country: str, call: Call | None) -> Row:
    known = {name: _text(sidecar.get(name)) for name in ("pbx", "path", "direction", "source", "destination")}
    uniqueid = _text(sidecar.get("uniqueid")) or (call.rows[0].uniqueid if call else "")
    source, destination = known["source"], known["destination"]
    if call:
        source, destination = call.caller or source, call.called or destination
    duration, estimated = _duration(call, receipt.size, known["path"])
    found = bare(receipt, at, "")
    lies, prefix = _object(sidecar) if receipt.adopted else ("", "")
    return Row(
        receipt,
        found.archived,
        _short(known["pbx"]) or found.pbx,
        _began(sidecar) or found.archived,
        duration,
        estimated,
        _short(known["direction"]) or direction(call, source, destination, country),
        _short(call.queue if call else "") or queue(known["path"], known["destination"]),
        _short(call.agent if call else ""),
        _short(source),
        _short(destination),
        _short(uniqueid),
        _short(call.linkedid if call else ""),
        keys(call, (known["source"], known["destination"]), country),
        lies,
        prefix,
        sidecar,
    )


def keys(call: Call | None, named: tuple[str, ...], country: str) -> tuple[str, ...]:
    """All numbers of a call, and of a file's name, as they are compared."""
    said = (*named, *_said(call)) if call else named
    found = {key: None for text in said if (key := numbers.key(_text(text), country))}
    return tuple(found)[:MOST]


def _said(call: Call) -> Iterator[str]:
    """All numbers of a call, also of those whom it was passed on to."""
    yield call.agent
    for each in call.rows:
        yield from (each.src, each.dst, each.cnum, each.outbound_cnum, each.did)


def direction(call: Call | None, source: str, destination: str, country: str) -> str:
    """`in`, `out` or `internal`, where the name does not say it: by who is an extension; "" where nothing tells."""
    if call and any(each.did for each in call.rows):
        return "in"
    sides = [numbers.key(each, country) for each in (source, destination)]
    if not all(sides):
        return ""
    inside = [len(each) <= numbers.INTERNAL for each in sides]
    return {(True, True): "internal", (True, False): "out", (False, True): "in"}.get((inside[0], inside[1]), "")


def _object(sidecar: Mapping[str, Any]) -> tuple[str, str]:
    """Its key, and the prefix that it was adopted with; of both nothing where one can't be."""
    with suppress(*_DAMAGE):
        key, prefix = naming.adopted(sidecar["object"]), naming.prefix(sidecar["prefix"])
        if key.startswith(prefix):
            return key, prefix
    return "", ""


def queue(path: str, destination: str) -> str:
    """FreePBX begins the names of a queue's recordings so."""
    return destination[:LONGEST] if path.rpartition("/")[2].startswith("q-") else ""


def _duration(call: Call | None, size: int, path: str) -> tuple[int | None, bool]:
    """Seconds in which people were on the line; without records as long as the sound, in mono, and that it is so."""
    if call:
        return max(call.billsec, 0), False
    extension = path.rpartition(".")[2]
    row = formats.by_extension(extension)
    if row is None or not row.frame_bytes:
        return None, False
    return max(size - _HEADERS.get(extension, 0), 0) // row.frame_bytes * row.frame_samples // row.rate, True


def _began(sidecar: Mapping[str, Any]) -> int | None:
    modified = sidecar.get("modified")
    found = second(_text(sidecar.get("began")))
    return found if found is not None else modified if isinstance(modified, int) and abs(modified) < 1 << 40 else None


def second(moment: str) -> int | None:
    """Since 1970, of a moment in ISO 8601 (of UTC where it names no zone); None for what is none."""
    try:
        found = datetime.fromisoformat(moment)
        return int(found.timestamp() if found.tzinfo else found.replace(tzinfo=UTC).timestamp())
    except _DAMAGE:
        return None


def _text(value: object) -> str:
    """As it can be kept: names of files may be no UTF-8."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else ""


def _short(text: object) -> str:
    return _text(text)[:LONGEST]

"""Let a channel stand at a release."""

from collections.abc import Iterator
from datetime import datetime

from voicekit import release
from voicekit.errors import InputError
from voicekit.outcome import Outcome, Verdict
from voicekit.release import channels, stock, transfer
from voicekit.stores import Cap, Store

_ALONE = "; against another publisher at the same moment: voicekit only (voicekit store check says what a store does)"


def apply(store: Store, named: str, channel: str, by: str, now: datetime, workspace: str) -> Iterator[Outcome]:
    """Move it, if all of the release is in the store; `ConflictError` when somebody else moved it meanwhile.

    Raises `InputError` where the store is of another workspace.
    """
    if not by.strip():
        raise InputError("who moves it? Say --by NAME")
    channels.checked(channel)
    stock.check_owner(store, workspace)
    manifest = stock.load(store, stock.find(store, named))
    lacking = transfer.missing(store, transfer.needs(manifest, masters=False))
    if lacking:
        detail = f"{len(lacking)} of its files are not in {store.name}"
        name = manifest.id[: release.SHORT]
        yield Outcome(name, Verdict.REFUSED, "incomplete", detail, "push it again, then promote it")
        return
    at = now.isoformat(timespec="seconds")
    before = channels.read(store, channel)
    after = channels.move(store, channel, manifest.id, by.strip(), at)
    remark = "" if Cap.REPLACE in store.caps else _ALONE
    moved = before is None or after.serial != before.serial
    if before is None:
        remark = f"; a new channel{remark}"
    yield told(after, Verdict.DONE if moved else Verdict.KEPT, "promoted" if moved else "kept", remark)


def told(channel: channels.Channel, verdict: Verdict, code: str, remark: str = "") -> Outcome:
    """A channel in one line."""
    before = f", before that {channel.previous[: release.SHORT]}" if channel.previous else ""
    detail = f"{channel.release[: release.SHORT]}, move {channel.serial} by {channel.by}, {channel.at}{before}{remark}"
    data = {"release": channel.release, "previous": channel.previous, "serial": channel.serial, "by": channel.by}
    return Outcome(channel.name, verdict, code, detail, data=data)


def standing(store: Store) -> Iterator[Outcome]:
    """A line for each channel: where it stands, and who moved it there."""
    for channel in channels.everyone(store):
        yield told(channel, Verdict.KEPT, "channel")

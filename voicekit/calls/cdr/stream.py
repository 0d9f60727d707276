"""The calls of a long time, of which no more is held at once than of a short one."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from voicekit.calls.cdr.call import Call, joined
from voicekit.calls.cdr.records import Records
from voicekit.calls.cdr.row import Cdr

_PAUSE = timedelta(hours=1)  # no row of a call begins so long after all before it have ended
_STEPS = 400  # at most
_LONGEST = timedelta(days=2)  # whatever ends later has a wrong end


def calls(records: Records, since: datetime, until: datetime) -> Iterator[Call]:
    """Those whose records began from one moment on and before another, about in their order. A call that may go on
    waits for what the records say next.
    """
    going = list[Cdr]()
    step = max(records.step, (until - since) / _STEPS)
    while since < until:
        to = min(since + step, until)
        together = joined([*going, *records.rows(since, to)])
        going = [row for call in together if to < until and _goes_on(call, to) for row in call.rows]
        yield from (call for call in together if to == until or not _goes_on(call, to))
        since = to


def _goes_on(call: Call, at: datetime) -> bool:
    return call.end > at - _PAUSE and call.start > at - _LONGEST

"""How the disks of spools fill, drawn and said."""

import html
from datetime import date, timedelta

from voicekit.calls.report import chart, markup
from voicekit.calls.report.chart import Axis, Series
from voicekit.calls.report.forecast import Forecast
from voicekit.calls.report.markup import Words

_FAR = 3650  # days: beyond, nothing can be said


def cards(words: Words, spool: str, found: Forecast, today: date) -> str:
    """What will be, and beside it what that is reckoned from."""
    title = f"<h3>{words('disk', spool=spool)}</h3>"
    ahead = markup.paragraphs(words("disk_unknown"))
    if found.arrived:
        ahead = _verdict(words, found) + _chart(words, spool, found, today)
    return f'<div class="card">{title}{ahead}</div><div class="card">{_facts(words, found, today)}</div>'


def _verdict(words: Words, found: Forecast) -> str:
    if not found.fits(found.usual):
        return markup.paragraphs(words("fits_not", days=_days(words, found.keep)), kind="verdict bad")
    return markup.paragraphs(words("fits" if found.fits(found.busiest) else "fits_usually"), kind="verdict")


def _chart(words: Words, spool: str, found: Forecast, today: date) -> str:
    locale, days = words.locale, range(found.horizon + 1)
    divisor, unit = locale.unit(found.size)
    series = {
        "freeing": [found.used(day, freeing=True) for day in days],
        "keeping": [found.used(day, freeing=False) for day in days],
    }
    names = {"freeing": words("freeing", days=_days(words, found.keep)), "keeping": words("keeping")}
    drawn = chart.lines(
        words.plain("disk", spool=spool),
        Axis(lambda value: f"{locale.short(value / divisor)} {unit}", scale=divisor),
        [words.plain("ahead", days=day) if day else words.plain("today") for day in days],
        [Series(kind, values) for kind, values in series.items()],
        found.size,
        words.plain("limit", size=locale.size(found.size)),
    )
    step = max(found.horizon // 12, 1)
    rows = [
        [html.escape(locale.day(today + timedelta(day), year=True))]
        + [html.escape(locale.size(values[day])) for values in series.values()]
        for day in days[::step]
    ]
    table = markup.table([words("disk_day"), *names.values()], rows)
    details = f'<details><summary>{words("table")}</summary><div class="wide">{table}</div></details>'
    return markup.legend(names.items()) + drawn + details


def _facts(words: Words, found: Forecast, today: date) -> str:
    locale, room = words.locale, found.room
    keep = _days(words, found.keep)
    used = words(
        "disk_now_is", used=locale.size(room.used), size=locale.size(found.size),
        share=locale.percent(room.used / max(found.size, 1)), free=locale.size(room.free),
    )  # fmt: skip
    rows = [[words("disk_now"), used], [words("disk_lying"), html.escape(locale.size(found.lying))]]
    if found.arrived:
        arrives = words("disk_arrives_is", usual=locale.size(found.usual), busiest=locale.size(found.busiest))
        settles = words(
            "disk_settles_is", size=locale.size(found.settled(found.usual)),
            share=locale.percent(found.settled(found.usual) / max(found.size, 1)),
            most=locale.size(found.settled(found.busiest)),
        )  # fmt: skip
        rows += [
            [words("disk_arrives"), arrives],
            [words("disk_window"), locale.number(len(found.arrived))],
            [words("disk_settles", days=keep), settles],
            [words("disk_full"), _full(words, found, today)],
        ]
    lines = "".join(f'<tr><th scope="row">{name}</th><td class="text">{value}</td></tr>' for name, value in rows)
    return f'<table class="facts"><tbody>{lines}</tbody></table>'


def _full(words: Words, found: Forecast, today: date) -> str:
    left, least = found.days_left(found.usual), found.days_left(found.busiest)
    if left is None or least is None or left > _FAR:
        return words("disk_never")
    number = words.locale.number
    day = words.locale.day(today + timedelta(int(left)), year=True)
    return words("disk_full_is", days=number(int(left)), day=day, least=number(int(least)))


def _days(words: Words, days: float) -> str:
    return words.locale.short(days)

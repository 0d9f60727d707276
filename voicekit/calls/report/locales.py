"""Numbers, sizes and times as people of a language write them; the system's locales may not be installed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

_NARROW = "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Locale:
    """`months` are short names; without any, a date is in digits."""

    language: str
    thousands: str
    decimal: str
    units: Sequence[str]
    months: Sequence[str] = ()

    def number(self, value: float, digits: int = 0) -> str:
        whole = f"{value:,.{digits}f}".replace(",", "\0").replace(".", self.decimal)
        return whole.replace("\0", self.thousands)

    def short(self, value: float) -> str:
        """With as many digits as an axis or a large figure needs."""
        return self.number(value, 0 if value >= 100 or value == int(value) else 1 if value >= 1 else 2)

    def percent(self, share: float) -> str:
        """Never 100 where a part is lacking, nor 0 where there is one."""
        value = 100 * share
        if value == int(value) or value > 100:
            return f"{self.number(value)}{_NARROW}%"
        return f"{self.number(min(max(value, 0.1), 99.9), 1)}{_NARROW}%"

    def unit(self, most: float) -> tuple[float, str]:
        """How many bytes the unit has, and its name, in which such a size is written."""
        power = 0
        while power < len(self.units) - 1 and most >= 1000 ** (power + 1):
            power += 1
        return 1000**power, self.units[power]

    def size(self, value: float) -> str:
        divisor, name = self.unit(value)
        return f"{self.short(value / divisor)}{_NARROW}{name}"

    def day(self, day: date, *, year: bool = False) -> str:
        if not self.months:
            return f"{day:%d.%m.%Y}" if year else f"{day:%d.%m}"
        short = f"{day.day}{_NARROW}{self.months[day.month - 1]}"
        return f"{short} {day.year}" if year else short

    def moment(self, moment: datetime) -> str:
        return f"{self.day(moment.date(), year=True)}, {moment:%H:%M}"

    def length(self, seconds: int) -> str:
        """As a clock: 1:05, 1:02:03."""
        hours, rest = divmod(seconds, 3600)
        minutes, left = divmod(rest, 60)
        return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


LOCALES: Mapping[str, Locale] = {
    "en": Locale("en", ",", ".", ("B", "KB", "MB", "GB", "TB", "PB"), (
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    )),
    "ru": Locale("ru", _NARROW, ",", ("Б", "КБ", "МБ", "ГБ", "ТБ", "ПБ")),
}  # fmt: skip

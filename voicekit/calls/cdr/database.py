"""A table of records in any database that SQLAlchemy reads: MariaDB and MySQL, PostgreSQL, SQLite."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from voicekit import extras
from voicekit.calls.cdr.clock import Clock
from voicekit.calls.cdr.records import Ask, Row
from voicekit.calls.cdr.row import DATES
from voicekit.errors import InputError, StoreError, plain

if TYPE_CHECKING:
    import sqlalchemy as sa

# Drivers that need no library of the system's.
DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "postgresql": "postgresql+psycopg",
    "sqlite": "sqlite",
}

_BLOCK = 500  # rows that are held at a time
_PATIENCE = 30.0  # seconds for a SQLite database that Asterisk is writing to
_SIGNS = {"src", "dst", "channel", "disposition", "duration"}  # columns by which a table of records is known
_COLUMNS = f"{', '.join(sorted(_SIGNS))}, and {' or '.join(DATES)}"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by their names in small letters, with their types."""

    name: str
    columns: Mapping[str, "sa.Column[Any]"]

    @property
    def date(self) -> "sa.Column[Any]":
        return self.columns[next(name for name in DATES if name in self.columns)]


class Database:
    """`url` says where, without a password; `table` "": the one that looks like it."""

    step = timedelta(days=1)

    def __init__(self, url: str, clock: Clock, *, password: str | None = None, table: str = "") -> None:
        self._url, self._password, self._named, self.clock = url, password, table, clock

    def select(self, ask: Ask) -> Iterator[Row | None]:
        with self._told():
            if ask.column and ask.column not in self._table.columns:
                return
            with self._engine.connect() as connection:
                streamed = connection.execution_options(stream_results=True, yield_per=_BLOCK)
                with streamed.execute(self._query(ask)) as rows:
                    for found in rows:
                        yield dict(zip(self._table.columns, found, strict=True))

    def _query(self, ask: Ask) -> "sa.Select[Any]":
        """Columns are asked for without their types: values come as the driver has them, and none is refused."""
        import sqlalchemy as sa

        columns: dict[str, sa.ColumnClause[Any]] = {
            name: sa.column(column.name) for name, column in self._table.columns.items()
        }
        since, until = self._span(ask)
        date = columns[self._table.date.key]
        query = sa.select(*columns.values()).select_from(sa.table(self._table.name)).where(date >= since, date < until)
        return query.where(columns[ask.column].in_(ask.values)) if ask.column else query

    def _span(self, ask: Ask) -> tuple[datetime | str, datetime | str]:
        """As the column of dates is compared: SQLite has no type for them."""
        import sqlalchemy as sa

        kind = self._table.date.type
        if getattr(kind, "timezone", False):
            return ask.since, ask.until
        since, until = self.clock.span(ask.since, ask.until)
        if isinstance(kind, sa.DateTime) and self._engine.name != "sqlite":
            return since, until
        return str(since), str(until)

    @cached_property
    def _table(self) -> Table:
        import sqlalchemy as sa

        seen = sa.inspect(self._engine)
        names = [*seen.get_table_names(), *seen.get_view_names()]
        found = [_seen(seen, name) for name in names if self._named in ("", name)]
        fit = [table for table in found if table.columns.keys() >= _SIGNS and {*DATES} & table.columns.keys()]
        best = [table for table in fit if len(fit) == 1 or table.name.lower() == "cdr"]
        if len(best) != 1:
            several = f"{len(fit)} tables have" if fit else f"no table {self._named}".rstrip() + " has"
            raise InputError(f"{self._url}: {several} the columns of call records ({_COLUMNS}); name one: cdr_table")
        return best[0]

    @cached_property
    def _engine(self) -> "sa.Engine":
        import sqlalchemy as sa

        url = sa.make_url(self._url)
        if url.drivername == "sqlite":
            return sa.create_engine("sqlite://", creator=lambda: _read_only(url.database or ""), poolclass=sa.NullPool)
        where = url.set(drivername=DRIVERS[url.drivername], password=self._password)
        return sa.create_engine(where, poolclass=sa.NullPool)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            import sqlalchemy as sa

            try:
                yield
            except sa.exc.SQLAlchemyError as error:  # all of it would tell what was asked: numbers and names of callers
                raise StoreError(f"{self._url}: {_said(error)}") from None
        except ModuleNotFoundError as error:
            raise InputError(f"{error.name} is not installed; {extras.brings('archive')}") from error


def _seen(seen: "sa.Inspector", name: str) -> Table:
    import sqlalchemy as sa

    columns = seen.get_columns(name)
    return Table(
        name, {one["name"].lower(): sa.Column(one["name"], one["type"], key=one["name"].lower()) for one in columns}
    )


def _read_only(path: str) -> sqlite3.Connection:
    """Nothing is made where nothing is, and what Asterisk wrote in another character set is no error."""
    connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=_PATIENCE)
    connection.text_factory = lambda text: text.decode("utf-8", "backslashreplace")
    return connection


def _said(error: Exception) -> str:
    """The server's own sentence; PyMySQL has it behind a number."""
    driver = getattr(error, "orig", None)
    said = str(driver.args[-1]) if driver is not None and driver.args else type(error).__name__
    return plain(" ".join(said.split()))[:500]

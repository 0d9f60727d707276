"""Records in databases that SQLAlchemy reads: real servers of MariaDB and PostgreSQL, and SQLite's files."""

import gc
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from calls.cdr.shapes import (
    AGENT,
    ASTERISK,
    FILE,
    FREEPBX,
    HOSTILE,
    MENU,
    OTHER,
    ROWS,
    SINCE,
    UNTIL,
    hexadecimal,
    insert,
)
from servers.postgres import PASSWORD

from voicekit.calls.cdr.call import Recording, match
from voicekit.calls.cdr.clock import Clock
from voicekit.calls.cdr.database import Database
from voicekit.calls.cdr.records import Records
from voicekit.errors import InputError, StoreError

MOSCOW = Clock(ZoneInfo("Europe/Moscow"))
KINDS = ("mariadb", "postgresql", "postgresql-aware", "sqlite", "sqlite-typed")


def asterisk(row, zone=""):
    """A row as Asterisk's own table has it: `start` in place of `calldate`."""
    told = {"start": row["calldate"] + zone, "answer": None, '"end"': row["calldate"] + zone}
    return told | {name: value for name, value in row.items() if name != "calldate"}


@pytest.fixture(params=KINDS)
def records(request, tmp_path):
    """`records(rows)`: what is read where these are the rows. Each kind has a table of another form."""
    kind = request.param
    if kind == "mariadb":
        made = request.getfixturevalue("maria_table")
    elif kind.startswith("sqlite"):
        made = sqlite_table(tmp_path / "cdr #1?.db", typed=kind.endswith("typed"))
    else:
        made = request.getfixturevalue("postgres_table")("aware" in kind)
    return made


@pytest.fixture
def maria_table(database):
    with database.freepbx(PASSWORD) as pbx:

        def make(rows):
            pbx.sql(FREEPBX.format(text="text") + "CHARSET=utf8mb4")
            pbx.sql(insert("cdr", rows, hexadecimal))
            where = quote(str(database.socket), safe="")
            return read(f"mysql://{pbx.name}@localhost/{pbx.name}?unix_socket={where}", PASSWORD)

        yield make


@pytest.fixture
def postgres_table(postgresql):
    def table(aware):
        def make(rows):
            postgresql.sql("DROP TABLE IF EXISTS cdr; DROP TABLE IF EXISTS other; CREATE TABLE other (x int)")
            kind = "timestamp with time zone" if aware else "timestamp"
            postgresql.sql(ASTERISK.format(text="text", date=kind) + ";GRANT SELECT ON cdr TO reader")
            postgresql.sql(insert("cdr", [asterisk(row, "+03" * aware) for row in rows]))
            return read(postgresql.url("postgres"), PASSWORD)

        return make

    return table


def sqlite_table(path, *, typed):
    """cdr_sqlite3_custom's has no types."""

    def make(rows):
        names = ", ".join(asterisk(MENU))
        untyped = f"CREATE TABLE cdr (AcctId INTEGER PRIMARY KEY, userfield, {names})"
        with sqlite3.connect(path) as file:
            file.execute(ASTERISK.format(text="text", date="datetime") if typed else untyped)
            for row in map(asterisk, rows):
                words = [value if typed or value is None else str(value) for value in row.values()]
                file.execute(f"INSERT INTO cdr ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", words)
        file.close()
        return read(f"sqlite:///{quote(str(path))}")

    return make


def read(url, password=None, **more):
    return Records(Database(url, MOSCOW, password=password, **more))


def sequences(rows):
    return sorted(row.sequence for row in rows)


def test_rows_of_a_time(records):
    found = records(ROWS)
    rows = list(found.rows(SINCE, UNTIL))
    assert sequences(rows) == [132, 134, 136, 138, 140]
    menu = min(rows, key=lambda row: row.sequence)
    assert menu.start == datetime(2026, 11, 23, 7, 40, 59, tzinfo=UTC)
    assert (menu.clid, menu.duration, menu.lastdata) == (MENU["clid"], 3, "custom/main-menu")
    moment = datetime(2026, 11, 23, 7, 41, 2, tzinfo=UTC)
    assert sequences(found.rows(moment, moment + timedelta(seconds=1))) == [134]
    assert sequences(found.rows(moment, moment)) == []


def test_calls_of_recordings(records):
    wanted = [Recording(FILE, ""), Recording("x.wav", AGENT["uniqueid"]), Recording("y.wav", OTHER["uniqueid"])]
    found = records(ROWS)
    call, same, other = match(wanted, found.of(wanted))
    assert sequences(call.rows) == [132, 134, 136, 138]
    assert same == call
    assert sequences(other.rows) == [140]
    assert list(found.of([Recording("y.wav", "1.1"), Recording("'; --", "\\"), Recording("", "")])) == []


def test_words_are_words(records):
    rows = [MENU | {"userfield": text, "sequence": number} for number, text in enumerate(HOSTILE.values())]
    found = {row.sequence: row.userfield for row in records(rows).rows(SINCE, UNTIL)}
    assert list(HOSTILE.values()) == [found[number] for number in range(len(HOSTILE))]


def test_many_rows_come_one_after_another(records):
    found = records([MENU | {"sequence": number} for number in range(1234)])
    assert sequences(found.rows(SINCE, UNTIL)) == list(range(1234))
    assert next(found.rows(SINCE, UNTIL)).src == MENU["src"]


def test_a_file_of_sqlite_is_only_read(tmp_path):
    url = f"sqlite:///{tmp_path}/master.db"
    with pytest.raises(StoreError, match="unable to open database file"):
        list(read(url).rows(SINCE, UNTIL))
    assert list(tmp_path.iterdir()) == []
    make = sqlite_table(tmp_path / "master.db", typed=False)
    make(ROWS)
    with sqlite3.connect(tmp_path / "master.db") as file:
        file.execute("UPDATE cdr SET clid = CAST(x'cce0f8e0' AS TEXT), start = 'soon' WHERE sequence = '140'")
        file.execute("UPDATE cdr SET clid = CAST(x'cce0f8e0' AS TEXT)")
    file.close()
    before = (tmp_path / "master.db").read_bytes(), sorted(tmp_path.iterdir())
    records = read(url)
    found = list(records.rows(SINCE, UNTIL))
    assert {row.clid for row in found} == {r"\xcc\xe0\xf8\xe0"}  # CP1251: no error, and nothing lost
    assert (len(found), before) == (4, ((tmp_path / "master.db").read_bytes(), sorted(tmp_path.iterdir())))


def test_which_table_it_is(tmp_path):
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as file:
        for name in ("old", "asterisk_cdr"):
            file.execute(f"CREATE TABLE {name} (start, src, dst, channel, disposition, duration)")
        file.execute("CREATE TABLE notes (start, src)")
        file.execute(f"INSERT INTO old VALUES ('2026-11-23 10:40:59', {'1,' * 4} 1)")
    file.close()
    url = f"sqlite:///{path}"
    with pytest.raises(InputError, match=r"2 tables have the columns of call records .*name one: cdr_table"):
        list(read(url).rows(SINCE, UNTIL))
    assert len(list(read(url, table="old").rows(SINCE, UNTIL))) == 1
    assert list(read(url, table="asterisk_cdr").rows(SINCE, UNTIL)) == []
    for name in ("notes", "nosuch"):
        with pytest.raises(InputError, match=f"no table {name} has the columns"):
            list(read(url, table=name).rows(SINCE, UNTIL))
    with sqlite3.connect(path) as file:
        file.execute("ALTER TABLE old RENAME TO Cdr")
    file.close()
    assert len(list(read(url).rows(SINCE, UNTIL))) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # PyMySQL leaves its socket to gc
def test_a_wrong_password_is_said_and_not_told(postgresql, database):
    with database.freepbx(PASSWORD) as pbx:
        where = quote(str(database.socket), safe="")
        maria = f"mysql://{pbx.name}@localhost/{pbx.name}?unix_socket={where}"
        for url, words in ((postgresql.url("postgres"), "password authentication failed"), (maria, "Access denied")):
            with pytest.raises(StoreError, match=words) as refused:
                list(read(url, "wrong s3cret").rows(SINCE, UNTIL))
            assert "s3cret" not in str(refused.value)
            del refused
    gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # PyMySQL leaves its socket to gc
def test_a_server_that_is_not_there(tmp_path):
    for url in (f"mysql://u@localhost/d?unix_socket={tmp_path}/s", f"postgresql://u@/d?host={tmp_path}"):
        with pytest.raises(StoreError, match=r"mysql:|postgresql:"):
            list(read(url, "x").rows(SINCE, UNTIL))
    gc.collect()


@pytest.mark.parametrize("name", ["sqlalchemy", "pymysql"])
def test_what_is_not_installed_is_named(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        InputError, match=rf"{name}.* is not installed; in voicekit.s folder: pip install .\.\[archive\]."
    ):
        list(read("mysql://u@localhost/d", "x").rows(SINCE, UNTIL))


def test_the_module_asks_for_no_library_before_it_is_needed():
    program = "import sys, voicekit.calls.cdr.settings; print({'sqlalchemy', 'numpy'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout == b"set()\n"

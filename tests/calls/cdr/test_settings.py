"""What voicekit.toml says of records: clear errors with file and line, and no password in any."""

import pytest
from calls.cdr.shapes import ROWS, SINCE, UNTIL, as_csv, csv_line

from voicekit import toml
from voicekit.calls.cdr import settings
from voicekit.calls.cdr.database import Database
from voicekit.calls.cdr.freepbx import FreePBX
from voicekit.calls.cdr.master import PATH, Master
from voicekit.errors import InputError
from voicekit.hosts import machine


@pytest.fixture
def read(tmp_path):
    def read(*lines):
        path = tmp_path / "voicekit.toml"
        path.write_text("\n".join(["version = 1", "[calls]", *lines]))
        return settings.read(toml.read(path))

    return read


ZONE = 'zone = "Europe/Moscow"'


@pytest.mark.parametrize(
    ("cdr", "kind"),
    [
        ("freepbx", FreePBX),
        ("csv", Master),
        ("csv:/srv/Master.csv", Master),
        ("mysql://me@db.example/asteriskcdrdb", Database),
        ("mariadb://me@db.example:3307/cdr?charset=latin1", Database),
        ("postgresql://me@/cdr?host=/run/postgresql", Database),
        ("sqlite:////var/log/asterisk/master.db", Database),
    ],
)
def test_places(read, cdr, kind):
    found = read(f'cdr = "{cdr}"', ZONE)
    place = found.records(machine.here())._place
    assert isinstance(place, kind)
    assert place.clock.zone.key == "Europe/Moscow"


def test_the_path_of_master_csv(read):
    assert read('cdr = "csv"', ZONE).records(machine.here())._place._path == PATH
    assert read('cdr = "csv:/srv/M.csv"', ZONE).records(machine.here())._place._path == "/srv/M.csv"


def test_records_may_be_in_utc_and_names_in_local_time(read):
    found = read('cdr = "csv"', ZONE, "usegmtime = true")
    assert (found.zone.key, found.clock.zone.key) == ("Europe/Moscow", "UTC")


def test_none_where_nothing_is_said(read, tmp_path):
    assert read("keep_local = 7") is None
    (tmp_path / "voicekit.toml").write_text("version = 1")
    assert settings.read(toml.read(tmp_path / "voicekit.toml")) is None


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (['cdr = "csv"'], 2, "zone is missing"),
        (['cdr = "csv"', 'zone = "Europe/Moskva"'], 4, 'no zone "Europe/Moskva"'),
        (['cdr = "csv"', 'zone = "../etc/passwd"'], 4, "no zone"),
        (['cdr = "csv"', 'zone = ""'], 2, "zone is missing"),
        (['cdr = "csv"', "zone = 3"], 4, "zone must be text"),
        (['cdr = "csv:Master.csv"', ZONE], 3, "a full one"),
        (['cdr = "freepbx:x"', ZONE], 3, 'cdr is "freepbx", "csv"'),
        (['cdr = "oracle://me@x/y"', ZONE], 3, 'cdr is "freepbx", "csv"'),
        (['cdr = ""', ZONE], 3, 'cdr is "freepbx", "csv"'),
        (['cdr = "mysql://me@x"', ZONE], 3, "names no database"),
        (['cdr = "mysql://me@x:port/y"', ZONE], 3, "no address of a database"),
        (['cdr = "mysql://[x/y"', ZONE], 3, "no address of a database"),
        (['cdr = "sqlite:///master.db"', ZONE], 3, "SQLite wants the full path"),
        (["cdr = true", ZONE], 3, "cdr must be text"),
        (['cdr = "csv"', ZONE, 'usegmtime = "yes"'], 5, "usegmtime must be true or false"),
        (['cdr = "mysql://me:s3cret@x/y"', ZONE], 3, "cdr_password_env"),
        (['cdr = "mysql://me:s3cret@x:port/y"', ZONE], 3, "no address of a database"),
        (['cdr = "mysql://me@x/y"', ZONE, 'cdr_password_env = "s3cret"'], 5, "never the password"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(read, lines, line, words):
    with pytest.raises(InputError) as wrong:
        read(*lines)
    assert f"voicekit.toml:{line}: " in str(wrong.value)
    assert words in str(wrong.value)
    assert "s3cret" not in str(wrong.value)


def test_the_password_is_in_the_environment(read, monkeypatch):
    found = read('cdr = "mysql://me@x/y"', ZONE, 'cdr_password_env = "CDR_PASSWORD"', 'cdr_table = "calls"')
    monkeypatch.delenv("CDR_PASSWORD", raising=False)
    with pytest.raises(InputError, match="CDR_PASSWORD: set this variable"):
        found.records(machine.here())
    monkeypatch.setenv("CDR_PASSWORD", "s3cret")
    place = found.records(machine.here())._place
    assert (place._password, place._named) == ("s3cret", "calls")
    assert "s3cret" not in repr(found)


def test_from_the_file_to_the_records(read, tmp_path):
    end = "2026-11-23 10:43:22"
    (tmp_path / "Master.csv").write_bytes(b"".join(csv_line(as_csv(row, end=end)) for row in ROWS))
    found = read(f'cdr = "csv:{tmp_path}/Master.csv"', ZONE).records(machine.here())
    assert len(list(found.rows(SINCE, UNTIL))) == len(ROWS)

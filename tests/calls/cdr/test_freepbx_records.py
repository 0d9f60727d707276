"""FreePBX's own records: a real MariaDB, and a far side that has sh, sed and the client only."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from calls.cdr.shapes import AGENT, FILE, FREEPBX, HOSTILE, MENU, OTHER, RANG, ROWS, SINCE, UNTIL, hexadecimal, insert
from servers import sshd
from servers.mariadb import double

from voicekit.calls.cdr.call import Recording, match
from voicekit.calls.cdr.clock import Clock
from voicekit.calls.cdr.freepbx import FreePBX
from voicekit.calls.cdr.records import PART, Ask, Records
from voicekit.errors import StoreError
from voicekit.hosts import machine

MOSCOW = Clock(ZoneInfo("Europe/Moscow"))
PASSWORD = "s3cret 'of' \"the\" PBX"


@pytest.fixture
def pbx(database, far):
    """A FreePBX whose records are in another database than its own settings are, of another user."""
    with database.freepbx("not this one") as own, database.freepbx(PASSWORD) as made:
        made.sql(FREEPBX.format(text="longtext") + "CHARSET=utf8mb4")
        made.sql(insert("cdr", ROWS, hexadecimal))
        words = {"CDRDBNAME": made.name, "CDRDBUSER": made.name, "CDRDBPASS": PASSWORD, "CDRDBHOST": ""}
        own.configure(far, **{key: double(word) for key, word in words.items()})
        yield made


def records(clock=MOSCOW, far=None, **more):
    return Records(FreePBX(far or machine.here(), clock, **more))


def sequences(rows):
    return sorted(row.sequence for row in rows)


def test_rows_of_a_time(pbx):
    found = list(records().rows(SINCE, UNTIL))
    assert sequences(found) == [132, 134, 136, 138, 140]
    assert found[0].start == datetime(2026, 11, 23, 7, 40, 59, tzinfo=UTC)
    moment = datetime(2026, 11, 23, 7, 41, 2, tzinfo=UTC)
    assert sequences(records().rows(moment, moment + timedelta(seconds=1))) == [134]
    assert sequences(records().rows(moment, moment)) == []
    assert sequences(records().rows(datetime(1980, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))) == sequences(
        found
    )


def test_calls_of_recordings(pbx):
    wanted = [Recording(FILE, ""), Recording("x.wav", AGENT["uniqueid"]), Recording("y.wav", OTHER["uniqueid"])]
    call, same, other = match(wanted, records().of(wanted))
    assert sequences(call.rows) == [132, 134, 136, 138]
    assert same == call
    assert sequences(other.rows) == [140]
    assert list(records().of([Recording("y.wav", "1.1"), Recording("'; --", "\\"), Recording("", "")])) == []


def test_a_call_whose_first_channel_has_no_row_is_found_by_its_name(pbx):
    pbx.sql(f"DELETE FROM cdr WHERE uniqueid = '{MENU['uniqueid']}'")
    assert sequences(records().of([Recording("x.wav", MENU["uniqueid"])])) == [138]


def test_more_recordings_than_are_asked_for_at_once(pbx):
    rows = [
        MENU | {"uniqueid": f"{1795419659 + n}.1", "linkedid": f"{1795419659 + n}.1", "sequence": n}
        for n in range(PART)
    ]
    pbx.sql(insert("cdr", rows, hexadecimal))
    wanted = [Recording("", f"{1795419659 + n}.1") for n in range(-3, PART + 3)]
    found = match(wanted, records().of(wanted))
    assert [call and call.rows[0].sequence for call in found] == [None] * 3 + list(range(PART)) + [None] * 3


def test_rows_without_linkedid_come_once(pbx):
    pbx.sql("UPDATE cdr SET linkedid = ''")
    wanted = [Recording(FILE, MENU["uniqueid"])]
    assert sequences(records().of(wanted)) == [132, 134, 136]
    pbx.sql("ALTER TABLE cdr DROP COLUMN linkedid, DROP COLUMN recordingfile")
    assert sequences(records().of(wanted)) == [132, 134, 136]


@pytest.mark.parametrize("name", HOSTILE)
def test_words_are_words(pbx, name):
    pbx.sql(f"UPDATE cdr SET userfield = {hexadecimal(HOSTILE[name])}, clid = {hexadecimal(HOSTILE[name][:80])}")
    pbx.sql("ALTER TABLE cdr ADD COLUMN `odd ``\"' name` text")
    pbx.sql(f"UPDATE cdr SET `odd ``\"' name` = {hexadecimal(HOSTILE[name])}")
    pbx.sql(f"UPDATE cdr SET uniqueid = {hexadecimal(HOSTILE[name][:32])}")
    row = next(records().rows(SINCE, UNTIL))
    assert (row.userfield, row.clid) == (HOSTILE[name], HOSTILE[name][:80])
    assert row.more.get("odd `\"' name", "") == HOSTILE[name]
    if row.uniqueid:
        assert len(list(records().of([Recording("", row.uniqueid)]))) == len(ROWS)


def test_nothing_and_the_word_for_it_differ(pbx):
    pbx.sql("UPDATE cdr SET recordingfile = NULL, userfield = 'NULL'")
    row = next(FreePBX(machine.here(), MOSCOW).select(Ask()))
    assert (row["recordingfile"], row["userfield"], row["accountcode"]) == (None, "NULL", "")


def test_a_text_without_an_end_is_cut(pbx):
    pbx.sql("UPDATE cdr SET userfield = REPEAT('🎄', 1000000)")
    assert [row.userfield for row in records().rows(SINCE, UNTIL)] == ["🎄" * 16_384] * len(ROWS)


@pytest.mark.parametrize("charset", ["latin1", "utf8"])
def test_old_tables(pbx, charset):
    pbx.sql(f"ALTER TABLE cdr CONVERT TO CHARACTER SET {charset}")
    pbx.sql(f"UPDATE cdr SET cnam = {hexadecimal('Zoë')}")
    assert next(records().rows(SINCE, UNTIL)).cnam == "Zoë"


def test_the_hour_that_autumn_repeats(pbx):
    berlin = Clock(ZoneInfo("Europe/Berlin"))
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    for number, moment in enumerate((first, second)):
        row = RANG | {"calldate": "2026-10-25 02:30:00", "uniqueid": f"{int(moment.timestamp())}.{number}"}
        pbx.sql(insert("cdr", [row | {"sequence": number}], hexadecimal))
    for number, moment in enumerate((first, second)):
        (row,) = records(berlin).rows(moment, moment + timedelta(minutes=1))
        assert (row.sequence, row.fold) == (number, number)


def test_where_the_records_are(pbx, far, database):
    """Each setting of their own counts before the common one; one that is empty does not."""
    with database.freepbx(PASSWORD) as other:
        other.configure(far)
        with pytest.raises(StoreError, match="asteriskcdrdb"):  # no setting names a database
            list(records().rows(SINCE, UNTIL))
        other.configure(far, CDRDBNAME=double(pbx.name))
        with pytest.raises(StoreError, match="denied"):  # the common user is not that of the records
            list(records().rows(SINCE, UNTIL))
        database.sql(f"GRANT SELECT ON {pbx.name}.* TO {other.name}@localhost")
        assert sequences(records().rows(SINCE, UNTIL)) == [132, 134, 136, 138, 140]
        other.configure(far, CDRDBNAME=double(pbx.name), CDRDBSOCK=double("/nobody"))
        with pytest.raises(StoreError, match="Can't connect"):
            list(records().rows(SINCE, UNTIL))


def test_what_is_missing_is_said_in_a_sentence(pbx, far):
    assert sequences(records(table="cdr").rows(SINCE, UNTIL))
    with pytest.raises(StoreError, match="has no table other of them") as wrong:
        list(records(table="other").rows(SINCE, UNTIL))
    assert PASSWORD not in str(wrong.value)
    (far / "etc/freepbx.conf").unlink()
    with pytest.raises(StoreError, match="is this a FreePBX"):
        list(records().rows(SINCE, UNTIL))


def test_the_database_holds_no_lock_while_we_are_slow(pbx):
    """Asterisk must be able to write: a table of MyISAM with holes is locked while a statement's rows are fetched."""
    pbx.sql("ALTER TABLE cdr ENGINE=MyISAM")
    pbx.sql(insert("cdr", [RANG | {"sequence": number} for number in range(3000)], hexadecimal))
    pbx.sql("DELETE FROM cdr WHERE sequence = 1500")
    rows = records().rows(SINCE, UNTIL)
    next(rows)
    pbx.sql(insert("cdr", [MENU], hexadecimal))
    assert sum(1 for _ in rows) >= 3000
    assert next(records().rows(SINCE, UNTIL))  # and who leaves early leaves nothing behind


def test_over_ssh(database, tmp_path, monkeypatch):
    if sshd.PROGRAM is None:
        pytest.skip(sshd.MISSING)
    (tmp_path / "sshd").mkdir()
    with (
        database.freepbx(PASSWORD) as made,
        sshd.sshd(tmp_path / "sshd", f"SetEnv ASTERISK_ROOT={tmp_path}") as server,
    ):
        made.sql(FREEPBX.format(text="text"))
        made.sql(insert("cdr", ROWS, hexadecimal))
        made.configure(tmp_path, CDRDBNAME=double(made.name))
        monkeypatch.setenv("PATH", server.path)
        with machine.there(machine.Host.parse("nas")) as far:
            assert len(list(records(far=far).rows(SINCE, UNTIL))) == len(ROWS)

"""The index follows the ledgers: in steps or at once, whatever is damaged; and who is erased is nowhere in its file."""

import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from threading import Thread

import pytest
from calls.archives import Workspace, codes, lay, name, sound, store, tree
from calls.far_ledger import Far, record, sidecar
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voicekit.calls import hearing
from voicekit.calls.chain import Kind
from voicekit.calls.index import base, follow, query
from voicekit.calls.index.query import Query
from voicekit.calls.index.read import Index
from voicekit.calls.numbers import sought
from voicekit.errors import InputError, LockedError, StoreError
from voicekit.jobs import find_calls, reindex_calls
from voicekit.stores import Body


@pytest.fixture
def one(tmp_path):
    return Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more='country = "RU"')


@pytest.fixture
def far(one, tmp_path):
    return Far(tmp_path / "far", store(tmp_path / "nas"), one.ring)


def find(workspace, limit=50, **asked):
    with workspace.reach() as reached:
        return list(find_calls.apply(workspace.settings, workspace.ring, reached, Query(**asked), limit))


def reindex(workspace):
    with workspace.reach() as reached:
        return list(reindex_calls.apply(workspace.settings, workspace.ring, reached))


def found(outcomes):
    return [outcome.data["receipt"]["recording"] for outcome in outcomes if outcome.code == "found"]


def dump(workspace, *left_out):
    """All that the index says, but for numbers of rows."""
    with base.reading(workspace.settings.index) as opened:
        index = Index(opened)
        rows = opened.execute(f"select {query.COLUMNS} from recordings r").fetchall()
        known = sorted((index.of(row) for row in rows), key=lambda one: one.receipt.recording)
        keys = {one.receipt.recording: sorted(index.numbers(one.receipt.recording)) for one in known}
        numbers = opened.execute(
            "select reversed, n.began, uuid from numbers n join recordings r on r.id = n.recording"
        )
        gone = opened.execute("select uuid, original from gone").fetchall()
        words = opened.execute("select kind, text from words where kind in ('queue', 'agent')").fetchall()
        return known, keys, sorted(numbers.fetchall()), sorted(gone), sorted(words)


def content(workspace):
    folder = workspace.settings.index.parent
    return b"".join(path.read_bytes() for path in folder.glob("index.sqlite*"))


def test_what_is_archived_is_found(one):
    lay(one.spool, name(1), sound(1))
    lay(one.spool, name(2), sound(2))
    one.archive()
    outcomes = find(one)
    assert codes(outcomes) == ["found", "found"]
    assert outcomes[0].data["source"] == "5551234"
    assert stat.S_IMODE(one.settings.index.stat().st_mode) == 0o600
    assert found(find(one, number=sought("8 (916) 123-45-67", "RU"))) == found(outcomes)
    assert codes(find(one, number=sought("84951112233", "RU"))) == ["none"]
    lay(one.spool, name(3), sound(3))
    one.archive()
    assert len(found(find(one))) == 3


def test_another_machine_with_the_store_and_the_key_finds_the_same(one, far, tmp_path):
    lay(one.spool, name(1), sound(1))
    one.archive()
    far.archive(sidecar(1), sidecar(2, source="+7 916 765-43-21"))
    new = Workspace(tmp_path / "new", tmp_path / "none", f"file:{tmp_path}/nas", key=one.key, more='country = "RU"')
    assert codes(reindex(new)) == ["indexed"]
    find(one)
    assert dump(new) == dump(one)
    assert not new.settings.ledger.exists()
    assert len(found(find(new, number=sought("89167654321", "RU")))) == 1


def test_what_is_found_is_restored_by_the_name_that_was_printed(one, tmp_path):
    for number in (1, 2):
        lay(one.spool, name(number), sound(number))
    one.archive(free=False)
    first, second = (outcome.subject for outcome in find(one))
    assert len(first) == 8
    said = one.restore([first, first[:7], "0" * 36, ""], tmp_path / "case")
    assert codes(said) == ["restored", "several", "unknown", "unknown"]
    assert set(tree(tmp_path / "case").values()) <= set(tree(one.spool).values())
    assert codes(one.restore([second], tmp_path / "case")) == ["restored"]


def test_a_recording_by_its_name_and_by_the_beginning_of_it(one, far):
    recording, other = far.archive(sidecar(1), sidecar(2))
    find(one)
    far.take_out(other, Kind.DELETE)
    find(one)
    with base.reading(one.settings.index) as opened:
        index = Index(opened)
        receipt = far.receipts[recording]
        assert index.known(recording).receipt == receipt
        assert index.known(other) is None
        assert index.beginning(recording[:9]) == [recording] == index.beginning(recording.upper())
        assert index.beginning("") == index.beginning("x' or 1") == index.beginning("0" * 33) == []
        assert len(index) == 1


STEPS = st.lists(
    st.tuples(st.sampled_from(["archive", "archive", "erase", "delete", "amend", "find"]), st.integers(0, 5)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, sealed=st.booleans())
def test_following_in_steps_comes_to_the_same_as_an_index_made_anew(tmp_path, monkeypatch, steps, sealed):
    folder = tmp_path / os.urandom(4).hex()
    one = Workspace(folder / "one", folder / "spool", f"file:{folder}/nas", more='country = "RU"', sealed=sealed)
    fars = [Far(folder / f"far{n}", store(folder / "nas"), one.ring, f"far-{n}") for n in range(2)]
    live, number = [], 0
    for what, which in steps:
        far = fars[which % 2]
        if what == "archive":
            told = [
                sidecar(
                    number + n,
                    source=f"8916{number + n:07}",
                    rows=[record(number + n, lastapp="Queue", dstchannel=f"SIP/{number + n}-0000002a")] * (n % 2),
                )
                for n in range(which)
            ]
            live += [(far, each) for each in far.archive(*told)] if told else []
            number += which
        elif what == "find":
            find(one)
        elif live:
            far, recording = live[which % len(live)]
            if what == "amend":
                far.amend(recording, sidecar(900 + which, rows=[record(900 + which, cnum="84957778899")]), Kind.AMEND)
            else:
                far.take_out(recording, Kind.ERASE if what == "erase" else Kind.DELETE)
                live.remove((far, recording))
    find(one)
    followed = dump(one)
    assert [one.receipt.recording for one in followed[0]] == sorted(recording for _, recording in live)
    reindex(one)
    assert dump(one) == followed
    shutil.rmtree(folder)


@pytest.mark.parametrize("there", [False, True])
def test_who_deletes_may_be_heard_before_who_archived(one, tmp_path, there):
    """By an index that is just made, and by one that is there."""
    if there:
        find(one)
    first, second = (Far(tmp_path / name, store(tmp_path / "nas"), one.ring, name) for name in ("a-1", "z-1"))
    recording, _ = second.archive(sidecar(1), sidecar(2))
    first.say((Kind.ERASE, {"recording": recording}))
    assert len(found(find(one))) == 1
    followed = dump(one)
    reindex(one)
    assert dump(one) == followed
    with base.reading(one.settings.index) as opened:
        assert Index(opened).known(recording) is None


def test_what_two_ledgers_say_counts_once(one, tmp_path):
    first, second = (Far(tmp_path / name, store(tmp_path / "nas"), one.ring, name) for name in ("a-1", "z-1"))
    (recording,) = first.archive(sidecar(1))
    second.say((Kind.RECEIPT, first.receipts[recording].body))
    assert found(find(one)) == [recording]
    second.say((Kind.ADOPT, first.receipts[recording].body))
    assert found(find(one)) == [recording]


def secret(number):
    """A number that no other has a part of."""
    return f"8{9_000_000_000 + number * 7_919_117 % 999_999_999:010}"


@pytest.mark.parametrize("kind", [Kind.ERASE, Kind.DELETE])
def test_an_erased_recording_is_nowhere_in_the_file(one, far, kind):
    """Many, so that the tree of numbers was split: SQLite leaves copies of cells behind then."""
    told = [
        sidecar(
            n, source=secret(n), rows=[record(n, cnum=secret(n), lastapp="Queue", dstchannel=f"Local/{secret(n)}@x")]
        )
        for n in range(2000)
    ]
    recordings = [each for at in range(0, 2000, 100) for each in far.archive(*told[at : at + 100])]
    find(one)
    gone = recordings[::50]
    for recording in gone:
        far.take_out(recording, kind)
    find(one)
    data = content(one)
    for n in range(2000):
        number = f"7{secret(n)[1:]}"
        left = number[::-1].encode() in data or secret(n).encode() in data or number.encode() in data
        assert left is (n % 50 != 0), n
    with base.reading(one.settings.index) as opened:
        assert len(Index(opened)) == len(recordings) - len(gone)
        assert {agent for (agent,) in opened.execute("select text from words where kind = 'agent'")} == {
            secret(n) for n in range(2000) if n % 50
        }


def test_what_is_removed_is_wiped_where_the_tree_was_split(tmp_path):
    """SQLite forgets cells that had moved between pages: 1 number in 200 is left in a file of this size."""
    chance, path = random.Random(1), tmp_path / "index.sqlite"
    numbers = [f"9{chance.randrange(10**9):09}" for _ in range(60_000)]
    with base.following(path, "") as opened:
        writer = follow.Writer(opened)
        writer.finish()
        for at in range(0, 60_000, 1000):
            with opened:
                rows = ((number, at, at + n) for n, number in enumerate(numbers[at : at + 1000]))
                opened.executemany("insert or ignore into numbers values (?, ?, ?)", rows)
        gone = set(chance.sample(numbers, 3000))
        with opened:
            opened.executemany("delete from numbers where reversed = ?", ((number,) for number in gone))
            opened.execute("insert into meta values ('unwiped', 'yes')")
        writer.wiped()
    data = path.read_bytes()
    assert not [number for number in gone if number.encode() in data]
    assert numbers[0].encode() in data or numbers[0] in gone


def test_of_a_recording_without_its_records_they_come_later(one, far, monkeypatch):
    (recording,) = far.archive(sidecar(1, source="unknown", destination="600"))
    assert found(find(one, number=sought("89161234567", "RU"))) == []
    far.amend(
        recording,
        sidecar(1, rows=[record(1, lastapp="Queue", lastdata="700,t", dstchannel="SIP/201-0000002a")]),
        Kind.AMEND,
    )
    (outcome,) = find(one, number=sought("89161234567", "RU"), queue="700", agent="201", shortest=80)
    assert outcome.data["receipt"]["recording"] == recording


@pytest.mark.parametrize("at", [0, 30, 100, 5000, -1])
def test_a_damaged_index_is_begun_anew(one, far, at):
    far.archive(*map(sidecar, range(40)))
    find(one)
    before, path = dump(one), one.settings.index
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] if at < 0 else data[:at] + b"\xff" * 3000 + data[at + 3000 :])
    path.with_name("index.sqlite-wal").write_bytes(b"\x37\x7f\x06\x82" * 100)
    assert len(found(find(one))) == 40
    assert dump(one) == before


def test_one_of_another_version_or_country_is_begun_anew(one, far, tmp_path):
    far.archive(sidecar(1))
    find(one)
    with closing(sqlite3.connect(one.settings.index)) as opened, opened:
        opened.execute("update meta set value = '0' where name = 'version'")
        opened.execute("delete from recordings")
    assert len(found(find(one))) == 1
    other = Workspace(one.root, one.spool, one.store, key=one.key, more='country = "DE"')
    assert len(found(find(other, number=sought("+7 916 123-45-67", "DE")))) == 0
    assert len(found(find(other, number=sought("089161234567", "DE")))) == 1


def test_a_run_that_was_killed_while_the_index_was_made_is_gone_on_with(one, far, monkeypatch):
    class DyingError(Exception):
        pass

    far.archive(*map(sidecar, range(5)))
    far.archive(*map(sidecar, range(5, 9)))
    move = hearing.move
    moved = []

    def killed(*args, **more):
        if moved:
            raise DyingError
        moved.append(args)
        move(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(hearing, "move", killed)
        with pytest.raises(DyingError):
            find(one)
    with pytest.raises(InputError, match="no index that can be read"), base.reading(one.settings.index):
        pass
    assert len(found(find(one))) == 9


def test_a_ledger_that_was_written_anew_is_not_gone_on_with(one, far):
    lay(one.spool, name(1), sound(1))
    one.archive()
    find(one)
    shutil.rmtree(one.settings.ledger)
    one.settings.ledger.mkdir()
    lay(one.spool, name(2), sound(2))
    one.archive()
    far.archive(sidecar(1))
    assert len(found(find(one))) == 3  # it is a writer of another name
    *_, path, _ = sorted(one.settings.ledger.glob("*.jsonl"))  # the last has its head alone
    path.write_bytes(b"")
    assert "ledger-damaged" in codes(find(one))


def test_a_damaged_ledger_stops_no_other(one, far, tmp_path):
    other = Far(tmp_path / "other", store(tmp_path / "nas"), one.ring, "zzz-1")
    far.archive(sidecar(1))
    other.archive(sidecar(2))
    far.store.put("ledger/far-1/00000001.jsonl", Body.of(b"{}\n"))
    outcomes = find(one)
    assert codes(outcomes) == ["found", "ledger-damaged"]
    assert outcomes[0].subject == "far-1"


LATER = b'"start": "2099-01-01T00:00:00+00:00", "end": "2099-01-01T00:00:00+00:00"'
HOSTILE = [
    b"",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"{" * 5000,
    b'{"began": "x", "call": 7, "path": 5}',
    b'{"call": {"call": 1, "rows": []}}',
    b'{"call": {"call": 1, "rows": [{}]}}',
    b'{"call": {"call": 2}}',
    b'{"modified": 1e400, "began": []}',
    b'{"began": "9999-12-31T23:59:59-23:59"}',
    b'{"began": "0001-01-01"}',
    b'{"source": "\\ud800\\u0000", "uniqueid": "\\udcff", "pbx": "\\ud800", "path": "\\udcff.wav", "agent": 1}',
    b'{"source": "' + b"7" * 1_000_000 + b'", "destination": "\'; drop table recordings; --", "direction": "%"}',
    b'{"call": {"call": 1, "rows": [{%b, "src": 5}, {%b}]}}' % (LATER, LATER),
    b'{"call": {"call": 1, "rows": [{%b, "lastdata": 7, "lastapp": "Queue", "linkedid": {}}]}}' % LATER,
    b'{"call": {"call": 1, "rows": [{%b, "billsec": 1e308, "disposition": "ANSWERED"}]}}' % LATER,
    b'{"call": {"call": 1, "rows": [{"start": "2030-01-01T00:00:00", "end": "2030-01-01T00:00:00+00:00"}]}}',
]


@pytest.mark.parametrize("told", HOSTILE, ids=range(len(HOSTILE)))
def test_no_sidecar_is_too_odd(one, far, told):
    recording, good = far.archive(told, sidecar(1))
    outcomes = find(one)
    assert set(found(outcomes)) == {recording, good}
    for outcome in outcomes:
        assert outcome.as_json().encode()
    assert [outcome.subject for outcome in outcomes if outcome.bad] in ([], [recording])
    again = find(one, call="'; drop table recordings; --", queue="%", fields=(("path'", "x"),))
    assert codes(again)[-1] == "none"
    far.take_out(recording)
    assert found(find(one)) == [good]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["call", "rows", "began", "path", "source", "start", "end", "more", "pbx"]),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_no_json_is_too_odd(tmp_path, told):
    folder = tmp_path / os.urandom(4).hex()
    one = Workspace(folder / "one", folder / "spool", f"file:{folder}/nas", sealed=False)
    (recording,) = Far(folder / "far", store(folder / "nas"), None).archive(told)
    assert found(find(one)) == [recording]
    assert "none" in codes(find(one, fields=(("path", "no"),)))
    shutil.rmtree(folder)


def test_a_field_that_no_recording_has_is_told_and_one_that_has_another_value_is_not(one, far):
    far.archive(sidecar(1), sidecar(2, rows=[record(2)]))

    def hint(*fields, **asked):
        (none,) = [outcome for outcome in find(one, fields=fields, **asked) if outcome.code == "none"]
        return none.remedy

    told = 'none has a field "nosuch"; voicekit calls show prints those of a recording'
    assert hint(("nosuch", "x")) == hint(("path", "x"), ("nosuch", "x")) == hint(("nosuch", "x"), ("path", "x")) == told
    assert hint(("path", "x")) == hint(("disposition", "x")) == ""
    assert hint(("nosuch", "x"), since=1) == ""  # others, that were not looked at, may have it


def test_a_page_that_is_gone_or_damaged_leaves_rows_with_their_receipts(one, far):
    lost = far.archive(*map(sidecar, range(3)), pbx="pbx2")
    kept = far.archive(sidecar(9))
    far.store.delete(far.receipts[lost[0]].page)
    outcomes = find(one)
    (bad,) = (outcome for outcome in outcomes if outcome.bad)
    assert (bad.subject, bad.code) == (far.receipts[lost[0]].page, "no-sidecar")
    assert bad.data == {"recordings": 3}
    assert set(found(outcomes)) == {*lost, *kept}
    assert found(outcomes)[0] == kept[0]  # those without a time are the oldest
    (told,) = (outcome.data for outcome in outcomes if outcome.data.get("receipt", {}).get("recording") == lost[0])
    assert told["pbx"] == "pbx2"
    assert told["lacking"]
    assert "incomplete" in codes(find(one))
    far._put(far.receipts[lost[0]].page)
    assert codes(reindex(one)) == ["indexed"]
    assert "incomplete" not in codes(find(one))


def test_with_another_key_nothing_is_found_and_that_is_said(one, far, tmp_path):
    far.archive(*map(sidecar, range(3)))
    new = Workspace(tmp_path / "new", tmp_path / "none", f"file:{tmp_path}/nas")
    outcomes = find(new)
    assert found(outcomes) == []
    (foreign,) = [outcome for outcome in outcomes if outcome.code == "foreign"]
    assert foreign.detail == "3 receipts of recordings that were archived with another key"
    assert foreign.remedy == "name the file with that key in [calls], or voicekit calls key restore"


def test_a_store_that_is_away_is_said_and_what_is_known_is_told(one, far, tmp_path):
    far.archive(sidecar(1))
    (tmp_path / "nas").rename(tmp_path / "away")
    with pytest.raises(StoreError):
        find(one)
    (tmp_path / "away").rename(tmp_path / "nas")
    find(one)
    (tmp_path / "nas").rename(tmp_path / "away")
    outcomes = find(one)
    assert codes(outcomes) == ["behind", "found"]
    assert not any(outcome.bad for outcome in outcomes)


def test_a_folder_that_can_only_be_read(one, far, user):
    """By a user who may read the index, and not write beside it."""
    far.archive(sidecar(1))
    with base.following(one.settings.index, "RU"):
        pass
    find(one)
    folder = one.settings.index.parent
    for path in (one.root, folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom voicekit.calls.index import base\n"
        "path = Path(sys.argv[1])\nos.setuid(65534)\n"
        "try:\n    base.following(path, 'RU').__enter__()\nexcept base.UnwritableError as error:\n    print(error)\n"
        "with base.reading(path) as opened:\n    print(opened.execute('select count(*) from recordings').fetchone())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, one.settings.index], capture_output=True, text=True, check=False
    )
    assert "can't be written (Permission denied; run this as the user" in done.stdout, done
    assert "(1,)" in done.stdout


def test_two_at_once(one, far):
    far.archive(*map(sidecar, range(200)))
    results = []
    threads = [Thread(target=lambda: results.append(find(one, limit=300))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(found(each)) for each in results] == [200] * 4


def test_one_that_is_just_being_followed_answers_as_it_is(one, far, monkeypatch):
    far.archive(sidecar(1))
    monkeypatch.setattr(base, "PATIENCE", 0.1)
    with base.following(one.settings.index, "RU"), pytest.raises(LockedError):
        find(one)
    find(one)
    far.archive(sidecar(2))
    with base.following(one.settings.index, "RU"):
        assert codes(find(one)) == ["behind", "found"]
    assert len(found(find(one))) == 2


def test_a_full_disk_is_no_bug(one, far, monkeypatch):
    far.archive(*map(sidecar, range(250)))
    begin = base._begin

    def small(opened, country):
        begin(opened, country)
        opened.execute("pragma max_page_count = 40")

    monkeypatch.setattr(base, "_begin", small)
    with pytest.raises(StoreError, match="full"):
        find(one)


def test_who_had_the_wrong_key_finds_all_with_the_right_one(one, far, tmp_path):
    far.archive(*map(sidecar, range(5)))
    wrong = Workspace(one.root, one.spool, one.store, key=tmp_path / "wrong.key", more='country = "RU"')
    for _ in range(2):  # each time: it is all there is
        (said,) = [outcome for outcome in find(wrong) if outcome.code == "foreign"]
        assert said.bad
    assert len(found(find(one))) == 5
    assert "foreign" not in codes(find(one))

"""calls erase: the audio, the number and the name are nowhere, keys at hand; and what is on hold stays."""

import gzip
import re
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from calls.archives import HOUR, WEEK, Workspace, codes, lay, name, sha, sound, tree
from calls.erasing import erase, find, hold, nowhere, of, plan, reindex, retain, spellings, unhold
from calls.far_ledger import Far

from voicekit.calls import access, certificate, encode, ledgers, naming, notes, purge, run, seen, wiping
from voicekit.calls.chain import Kind
from voicekit.calls.encode import Encoding
from voicekit.calls.history import History
from voicekit.calls.index import base
from voicekit.calls.retention import Rule
from voicekit.errors import InputError, StoreError
from voicekit.jobs import show_call
from voicekit.stores import Body, read
from voicekit.stores.careful import Careful
from voicekit.stores.faults import FullError

ANNA, BORIS = "79165550001", "79165550002"
MORE = 'country = "RU"\nzone = "Europe/Moscow"'


def named(number, caller):
    return f"2026/11/20/in-74951234567-{caller}-20261120-120000-1795419{number:03}.{number}.wav"


def lay_calls(folder):
    """Two of Anna's, one of Boris'; one of each is old enough to leave the spool."""
    for number, caller, age in ((1, ANNA, HOUR), (2, ANNA, 2 * WEEK), (3, BORIS, HOUR), (4, BORIS, 2 * WEEK)):
        lay(folder, named(number, caller), sound(number), age)


@pytest.fixture
def one(tmp_path):
    lay_calls(tmp_path / "spool")
    made = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=MORE)
    assert codes(made.archive()).count("archived") == 4
    return made


def needles(number, caller, content):
    """What has to be nowhere of a recording: number, name of the file, its bytes, raw and as they are encoded."""
    with encode.encoded(Body.of(content), "wav", Encoding.FLAC) as made, made.body.open() as file:
        flac = file.read()
    return [*spellings(caller), named(number, caller).encode(), content[44:1000], content[-500:], flac[500:1500]]


def of_anna():
    return [needle for number in (1, 2) for needle in needles(number, ANNA, sound(number))]


def test_the_needles_are_found_before(one, tmp_path):
    """What the next tests say is worth nothing otherwise."""
    find(one)
    there = nowhere(one, of_anna(), tmp_path / "nas")
    assert {ANNA.encode(), ANNA[-10:].encode()[::-1], named(1, ANNA).encode(), sound(2)[44:1000]} <= there


def test_erased_is_nowhere(one, tmp_path):
    find(one)
    said = erase(one, of("8 (916) 555-00-01"))
    assert codes(said).count("erased") == 2
    assert codes(said).count("off-spool") == 1
    assert not [outcome for outcome in said if outcome.bad]
    assert nowhere(one, of_anna(), tmp_path / "nas") == set()
    text = next(outcome.data["text"] for outcome in said if outcome.code == "certificate")
    assert not [each for each in spellings(ANNA) if each in text.encode()]
    assert text.count("  why: request 17\n") == text.count("  основание: request 17\n") == 2
    assert text.count(sha(sound(2))) == 2  # by which a backup can be searched: once in each language
    assert codes(one.verify()) == ["verified"] * 2
    assert [outcome.data["source"] for outcome in find(one)] == [BORIS] * 2
    reindex(one)
    assert find(one, ANNA) == []
    assert codes(erase(one, of(ANNA))) == ["none"]
    assert nowhere(one, of_anna(), tmp_path / "nas") == set()


def test_so_it_is_without_encryption(tmp_path):
    lay_calls(tmp_path / "spool")
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=MORE, sealed=False)
    one.archive()
    hold(one, of(ANNA), reason="she is Anna")
    unhold(one)
    assert {b"she is Anna", ANNA.encode()} <= nowhere(one, [*of_anna(), b"she is Anna"], tmp_path / "nas")
    assert codes(erase(one, of(ANNA))).count("erased") == 2
    assert nowhere(one, [*of_anna(), b"she is Anna"], tmp_path / "nas") == set()
    assert codes(one.verify()) == ["verified"] * 2


def test_what_is_erased_is_not_archived_anew(one, tmp_path):
    erase(one, of(ANNA))
    lay(one.spool, "copy.wav", sound(1))
    said = one.archive(free=False)
    assert codes(said) == ["known"]
    assert codes(one.verify()) == ["verified"] * 2
    assert codes(erase(one)) == ["none", "off-spool"]
    assert b"copy.wav" not in tree(one.spool)
    assert nowhere(one, of_anna(), tmp_path / "nas") == set()


def test_on_hold_nothing_goes(one, tmp_path):
    recording = find(one, ANNA)[0].data["receipt"]["recording"]
    assert codes(hold(one, of("", recording[:8]), case="Petrova v. Acme")) == ["held", "voicekit-only"]
    said = erase(one, of(ANNA))
    assert codes(said).count("erased") == 1
    refused = next(outcome for outcome in said if outcome.code == "on-hold")
    assert refused.bad
    assert '"Petrova v. Acme"' in refused.detail
    assert codes(one.verify()) == ["verified"] * 3
    assert codes(erase(one, of("", recording))) == ["on-hold"]
    assert codes(unhold(one, case="another")) == ["none"]
    assert codes(erase(one, of("", recording))) == ["on-hold"]
    assert codes(unhold(one, case="Petrova v. Acme")) == ["unheld"]
    assert "erased" in codes(erase(one, of("", recording)))
    assert nowhere(one, [*of_anna(), b"Petrova"], tmp_path / "nas") == set()


def test_two_cases_hold_until_both_are_closed(one):
    for case in ("first", "second", "first"):
        hold(one, of(ANNA), case=case)
    assert codes(hold(one, of(ANNA), case="first")).count("held") == 2
    entries = [entry for entry in one.entries() if entry.kind is Kind.HOLD]
    assert len(entries) == 4
    assert "second" in unhold(one, case="first")[0].detail
    assert codes(erase(one, of(ANNA))) == ["on-hold"] * 2
    unhold(one, case="second")
    assert codes(erase(one, of(ANNA))).count("erased") == 2


def test_the_hold_of_another_machine_counts(one, tmp_path):
    other = Workspace(tmp_path / "court", tmp_path / "none", one.store, key=one.key, more=MORE)
    assert "held" in codes(hold(other, of(ANNA)))
    assert codes(erase(one, of(ANNA))) == ["on-hold"] * 2
    assert "unheld" in codes(unhold(one, of(ANNA)))
    assert codes(erase(other, of(ANNA))).count("erased") == 2
    assert codes(one.verify()) == ["verified"] * 2


def test_where_a_ledger_is_damaged_nothing_goes(one, tmp_path):
    far = Far(tmp_path / "far", one.settings.reach(), one.ring)
    far.archive({"source": BORIS})
    path = next((tmp_path / "nas/ledger/far-1").iterdir())
    one.settings.reach().put(f"ledger/far-1/{path.name}", Body.of(path.read_bytes().replace(b"receipt", b"Receipt")))
    said = erase(one, of(ANNA))
    assert "holds-unknown" in codes(said)
    assert "erased" not in codes(said)


def test_a_reason_names_nobody_that_it_erases(one):
    for reason in ("call of +7 916 555-00-01", "8(916)5550001 asks", "9165550001"):
        with pytest.raises(InputError, match="the reason names whom it is to erase"):
            erase(one, of(ANNA), reason)
    with pytest.raises(InputError, match="there is no reason"):
        erase(one, of(ANNA), "")
    assert codes(one.verify()) == ["verified"] * 4
    assert erase(one, of(ANNA), "request of 8 (916) 555-00-02, of 2026-11-30")


def test_notes_go_with_what_they_speak_of(one, tmp_path):
    """Of him alone, or naming him; what is said of others stays."""
    hold(one, of(ANNA), case="a", reason="she is Anna")
    hold(one, of("", *[o.data["receipt"]["recording"] for o in find(one)]), case="b", reason="9165550001")
    hold(one, of("", *[o.data["receipt"]["recording"] for o in find(one)]), case="c", reason="an audit")
    for case in ("a", "b", "c"):
        unhold(one, case=case, reason=f"settled {case}")
    assert "erased" in codes(erase(one, of(ANNA)))
    with one.reach() as store:
        left = {notes.get(store, one.ring, stat.key).reason for stat in store.list("notes/")}
    assert left == {"an audit", "settled b", "settled c", "request 17"}


def test_a_dry_run_does_nothing_and_names_every_place(one, tmp_path):
    find(one)
    before = tree(tmp_path / "nas"), tree(one.settings.ledger), tree(one.spool)
    said = plan(one, of(ANNA))
    assert codes(said).count("would-erase") == 2
    assert codes(said).count("place") == 10
    sql = [outcome.detail for outcome in said if "DELETE FROM" in outcome.detail]
    assert len(sql) == 2
    assert "'1795419001.1'" in sql[0]
    assert (tree(tmp_path / "nas"), tree(one.settings.ledger), tree(one.spool)) == before


def test_an_archiver_that_was_second_has_left_a_page(one, tmp_path):
    """It put its page, and then saw that the sound is another's."""
    other = Workspace(tmp_path / "other", tmp_path / "spool2", one.store, key=one.key, more=MORE)
    lay(other.spool, named(1, ANNA), sound(1))
    ledger = one.settings.ledger
    ledger.rename(ledger.with_name("away"))
    nas = tree(tmp_path / "nas/ledger")
    for path in nas:
        (tmp_path / "nas/ledger" / path.decode()).unlink()
    assert codes(other.archive()) == ["taken"]
    ledger.with_name("away").rename(ledger)
    with one.reach() as store:
        for name, data in nas.items():
            store.put(f"ledger/{name.decode()}", Body.of(data))
    erase(one, of(ANNA))
    other.archive()
    erase(other)
    assert nowhere(one, of_anna(), tmp_path / "nas", other.root, other.spool) == set()


def test_an_empty_selection_chooses_nothing(one):
    assert codes(erase(one)) == ["none"]
    with pytest.raises(InputError, match="no recording"):
        erase(one, of("", "00000000"))
    with pytest.raises(InputError, match="not both"):
        erase(one, of(ANNA, "00000000"))
    assert codes(one.verify()) == ["verified"] * 4


def test_the_next_run_of_another_archiver_removes_its_copy(one, tmp_path):
    other = Workspace(tmp_path / "other", tmp_path / "spool2", one.store, key=one.key, more=MORE)
    lay(other.spool, named(1, ANNA), sound(1))
    lay(other.spool, named(3, BORIS), sound(3))
    assert codes(other.archive()) == ["known", "known"]
    erase(one, of(ANNA))
    assert codes(other.archive()) == ["freed"]
    assert set(tree(other.spool).values()) == {sound(3)}


def test_what_can_not_be_removed_from_a_spool_is_told_each_time(one, tmp_path):
    lay(one.spool, "voicemail/default/100/INBOX/msg0000.wav", sound(1))
    one.archive(free=False)
    for _ in range(2):
        failed = [outcome for outcome in erase(one, of(ANNA)) if outcome.bad]
        assert codes(failed) == ["not-erased"]
        assert "1 file of the spool" in failed[0].detail


class Refusing:
    """A store that takes no sound of this content."""

    def __init__(self, inner, recording):
        self.inner, self.key = inner, naming.call(recording)

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def put(self, key, body, **options):
        if key == self.key:
            raise FullError("full")
        self.inner.put(key, body, **options)


@pytest.fixture
def half(tmp_path):
    """An archiver whose page is on its disk still, because one of its recordings could not be put."""
    lay_calls(tmp_path / "spool")
    made = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=MORE)
    archive_half(made)
    assert list(made.settings.begun.glob("*/*.jsonl"))
    return made


def archive_half(workspace):
    with workspace.reach() as store:
        refusing = Refusing(store, naming.recording(sha(sound(3)), workspace.ring.naming))
        assert "not-archived" in codes(workspace.archive(store=refusing, free=False))


def test_keys_go_from_the_disk_of_an_archiver_that_is_under_way(half, tmp_path):
    assert codes(erase(half, of(ANNA))).count("erased") == 2
    assert nowhere(half, of_anna(), tmp_path / "nas") == set()
    assert codes(half.archive(free=False)) == ["archived"]
    assert codes(half.verify()) == ["verified"] * 2


def test_so_they_do_when_another_machine_has_erased(half, tmp_path):
    other = Workspace(tmp_path / "other", tmp_path / "none", half.store, key=half.key, more=MORE)
    assert codes(erase(other, of(ANNA))).count("erased") == 2
    assert "not-archived" in codes(half.archive(store=RefusingAll(half), free=False))
    for path in half.settings.begun.rglob("*.jsonl"):
        assert len(path.read_text().splitlines()) == 3  # its head, and two of Boris
    assert codes(erase(half)) == ["none", "off-spool"]
    assert nowhere(half, of_anna(), tmp_path / "nas") == set()


class RefusingAll(Refusing):
    def __init__(self, workspace):
        super().__init__(workspace.settings.reach(), naming.recording(sha(sound(3)), workspace.ring.naming))


def test_a_page_is_not_put_again_by_who_began_it(half, tmp_path):
    """Also where it was damaged meanwhile: what he puts has no key of what is erased."""
    erase(half, of(ANNA))
    (page,) = (tmp_path / "nas/meta").rglob("*-*")
    page.write_bytes(b"damaged")
    half.archive(free=False)
    assert nowhere(half, of_anna(), tmp_path / "nas") == set()
    assert codes(half.verify()) == ["verified"] * 2


def test_a_ledger_that_says_more_than_was_done_is_noticed(one, monkeypatch):
    """And whoever runs it again brings it to its end."""
    monkeypatch.setattr(purge, "purged", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        erase(one, of(ANNA))
    left = History(one.entries()).unfinished()
    assert len(left) == 2
    assert codes(one.verify()).count("not-erased") == 2
    monkeypatch.undo()
    assert codes(erase(one)).count("erased") == 2
    assert not History(one.entries()).unfinished()


RECORD = (
    '"","{0}","600","from-trunk","""Anna Petrova"" <{0}>","PJSIP/trunk-00000042","","Queue","700,t",'
    '"2026-11-20 12:00:00","2026-11-20 12:00:01","2026-11-20 12:00:05",6,5,'
    '"ANSWERED","DOCUMENTATION","1795419001.1","","","1795419001.1",1\n'
)


@pytest.fixture
def recorded(tmp_path):
    """The PBX has written down Anna's first call, with her name; of her second it has not yet."""
    log = lay(tmp_path, "log/Master.csv", RECORD.format(ANNA).encode())
    lay_calls(tmp_path / "spool")
    more = f'{MORE}\ncdr = "csv:{log}"'
    made = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=more)
    assert codes(made.archive()).count("archived") == 4
    return made


def test_a_name_is_nowhere_nor_what_is_asked_for_again(recorded, tmp_path, monkeypatch):
    """Also where SQLite does not clear what it deletes, as Debian's does."""
    connected = seen._connected

    def careless(path):
        base = connected(path)
        base.execute("pragma secure_delete = off")
        return base

    monkeypatch.setattr(seen, "_connected", careless)
    find(recorded)
    assert b"Anna Petrova" in nowhere(recorded, [b"Anna Petrova"], tmp_path / "nas")
    with closing(sqlite3.connect(recorded.settings.seen)) as cache:
        assert cache.execute("select count(*) from later").fetchone() == (3,)
    with pytest.raises(InputError, match="names whom"):
        erase(recorded, of(ANNA), "of ANNA PETROVA")
    said = erase(recorded, of(ANNA))
    text = next(outcome.data["text"] for outcome in said if outcome.code == "certificate")
    assert "Master.csv: lines of the uniqueids 1795419002.2, 1795419001.1" in text
    assert "Petrova" not in text
    assert nowhere(recorded, [*of_anna(), b"Petrova"], tmp_path / "nas") == set()
    assert codes(recorded.verify()) == ["verified"] * 2


def test_a_certificate_has_no_line_of_a_stranger():
    item = certificate.Item("r1", "0" * 64, (), "2026-12-01", "ann\nx", "e1", "request\n  a lock \x1b[2J")
    text = certificate.text([item], store="file:nas", beyond=[])
    assert "\x1b" not in text
    assert "  why: request\\x0a  a lock \\x1b[2J\n" in text


def test_the_sql_of_a_certificate_is_none_of_a_stranger():
    assert certificate.sql("cdr", ["1.1", "x'); DROP TABLE cdr; --", "1.1-b"]) == [
        "  DELETE FROM cdr WHERE uniqueid IN ('1.1', '1.1-b') OR linkedid IN ('1.1', '1.1-b');"
    ]
    assert certificate.sql("cdr", ["'"]) == []


def test_the_russian_half_of_a_certificate_is_russian(recorded):
    with recorded.reach() as store:
        first = min(_names(recorded, ANNA))
        for what in ("restore", "play", "export", "share"):
            access.say(recorded.settings, recorded.ring, store, Kind.ACCESS, [first], "why", what)
    said = erase(recorded, of(ANNA))
    text = next(outcome.data["text"] for outcome in said if outcome.code == "certificate")
    english, russian = text.split("СВИДЕТЕЛЬСТВО")
    assert re.search(r"was given out, or was to be, so that a copy may exist: [-0-9]{10} play by ", english)
    words = ("восстановление", "прослушивание", "выгрузка", "передача по ссылке")
    assert re.findall(r"возможна копия: [-0-9]{10}, ([а-я ]+), кто: ", russian) == list(words)
    assert "Master.csv: строки с uniqueid 1795419002.2, 1795419001.1\n" in russian
    assert "lines of" not in russian


def test_a_certificate_names_the_other_places_of_a_pbx_that_have_numbers(tmp_path):
    said = certificate.beyond(None, ["1.1"])
    for half in zip(*said, strict=True):
        assert [line.split()[2] for line in half if "DELETE" in line] == ["cdr", "cel"]
        assert [line for line in half if "queue_log" in line and "full" in line]
    command = next(english for english, _ in said if "zgrep" in english).partition("files that do: ")[2]
    lay(tmp_path, "queue_log", b"1|1.1|600|NONE|ENTERQUEUE||89165550001|1\n")
    lay(tmp_path, "old/full.1.gz", gzip.compress(b"dialed 89165550001\n"))
    lay(tmp_path, "messages", b"nothing\n")
    command = command.replace("/var/log/asterisk", str(tmp_path)).replace("NUMBER", "89165550001")
    found = subprocess.check_output(["sh", "-c", command], text=True).split()
    assert {path.rpartition("/")[2] for path in found} == {"queue_log", "full.1.gz"}


def killed(*_, **__):
    raise KeyboardInterrupt


def test_what_is_said_is_in_the_store_before_anything_is_done(one, tmp_path, monkeypatch):
    """Whoever is killed then, and never comes back: others hold what he held, and erase what he erased."""
    other = Workspace(tmp_path / "other", tmp_path / "none", one.store, key=one.key, more=MORE)
    with monkeypatch.context() as context:
        context.setattr(Careful, "hold", killed)
        with pytest.raises(KeyboardInterrupt):
            hold(one, of(BORIS))
        assert codes(erase(other, of(BORIS))) == ["on-hold", "on-hold"]
        context.setattr(purge, "purged", killed)
        with pytest.raises(KeyboardInterrupt):
            erase(one, of(ANNA))
    assert codes(erase(other, of(BORIS))) == ["certificate", "erased", "erased", "on-hold", "on-hold"]
    assert codes(one.verify()) == ["verified"] * 2


@pytest.mark.parametrize("what", [hold, erase])
def test_a_note_that_nothing_names_goes_with_the_next_erasure(one, monkeypatch, what):
    with monkeypatch.context() as context:
        context.setattr(run.Run, "say", killed)
        with pytest.raises(KeyboardInterrupt):
            what(one, of(BORIS), reason="she is Anna")
    with one.reach() as store:
        assert len(list(store.list("notes/"))) == 1
        erase(one, of(ANNA))
        assert [notes.get(store, one.ring, stat.key).reason for stat in store.list("notes/")] == ["request 17"]


def test_on_the_command_line_nothing_is_erased_without_yes(one, request, tmp_path):
    at, run_ = ("-C", one.root), request.getfixturevalue("run")
    ran = run_("calls", "erase", ANNA, "--reason", "request 17", *at)
    assert ran.code == 3
    assert "say --yes to erase them" in ran.out
    assert codes(one.verify()) == ["verified"] * 4
    ran = run_("calls", "erase", ANNA, "--reason", "request 17", "--yes", "-o", tmp_path / "paper", *at)
    assert ran.code == 0
    assert (tmp_path / "paper").read_text().startswith("CERTIFICATE OF ERASURE\n")
    assert codes(one.verify()) == ["verified"] * 2
    ran = run_("calls", "erase", BORIS, "--reason", "request 18", "--yes", "--json", *at)
    assert '"code": "certificate"' in ran.out
    assert one.verify() == []
    assert run_("calls", "hold", "--case", "1", "--reason", "x", *at).code == 4
    assert run_("calls", "hold", ANNA, "--case", "", "--reason", "x", *at).code == 4


def test_a_hold_that_catches_nothing_and_a_case_that_never_was_are_failures(one, run):
    at = ("--reason", "x", "-C", one.root)
    for wrong in (("hold", "79160000000", "--case", "1"), ("unhold", "--case", "nosuch")):
        ran = run("calls", *wrong, *at)
        assert (ran.code, ran.out.split()[0]) == (3, "FAILED")
        assert "1 in all: 1 none" in ran.out
    assert run("calls", "hold", ANNA, "--case", "1", *at).code == 0
    for _ in range(2):  # a case that is closed may be closed again
        assert run("calls", "unhold", "--case", "1", *at).code == 0


def test_a_hold_whose_note_is_lost_holds_and_is_ended_by_the_key_of_its_note(one):
    hold(one, of(ANNA))
    with one.reach() as store:
        (note,) = [stat.key for stat in store.list("notes/")]
        store.purge(note)
    assert "a case whose note can't be read" in erase(one, of(ANNA))[0].detail
    assert codes(unhold(one)) == ["none"]
    assert codes(unhold(one, case=note)) == ["unheld"] * 2
    assert "erased" in codes(erase(one, of(ANNA)))


def test_an_index_that_can_not_be_written_is_a_failure(one, monkeypatch):
    find(one)
    with monkeypatch.context() as context:
        context.setattr(base, "_alone", lambda path: (_ for _ in ()).throw(base.UnwritableError("read-only")))
        failed = [outcome for outcome in erase(one, of(ANNA)) if outcome.bad]
    assert [(outcome.subject, outcome.code) for outcome in failed] == [("index", "not-erased")] * 2
    erase(one)
    assert nowhere(one, of_anna()) == set()


@pytest.mark.parametrize("end", [erase, find])
def test_what_another_process_reads_meanwhile_is_not_called_erased_and_is_wiped_later(one, monkeypatch, end):
    """`calls verify` has a cursor open for hours."""
    monkeypatch.setattr(wiping, "PATIENCE", 50, raising=False)
    find(one)
    with closing(sqlite3.connect(one.settings.index)) as base, closing(sqlite3.connect(one.settings.seen)) as cache:
        cursors = [base.execute("select * from recordings"), cache.execute("select * from seen")]
        assert all(cursor.fetchone() for cursor in cursors)
        said = erase(one, of(ANNA))
        failed = [(outcome.subject, outcome.code) for outcome in said if outcome.bad]
        assert failed == [("cache", "not-erased"), ("index", "not-erased")]
        assert "certificate" in codes(said)
        assert codes(erase(one)) == ["not-erased"] * 2
        assert len(find(one)) == 2
        for cursor in cursors:
            cursor.close()
    end(one)
    spelled = list(spellings(ANNA))
    assert not [needle for needle in spelled if needle in one.settings.index.read_bytes()]
    if end is erase:
        assert nowhere(one, of_anna()) == set()


def test_of_what_is_no_more_it_is_said_how_it_ended(one, tmp_path):
    names = {name for outcome in find(one) if (name := outcome.data["receipt"]["recording"])}
    erase(one, of(ANNA))
    one.settings = replace(one.settings, retain=(Rule(86_400),))
    retain(one)
    said = []
    for name in sorted(names):
        (outcome,) = one.restore([name[:8]], tmp_path / "back")
        with one.reach() as store:
            assert [outcome] == list(show_call.apply(one.settings, one.ring, store, name[:8]))
        assert (outcome.code, outcome.bad) == ("no-more", True)
        said.append(outcome.detail)
    who = f"on {datetime.now(UTC).date()} by {notes.actor()}"
    assert sum(f"erased {who}" in detail for detail in said) == 2
    assert sum(f"deleted by rule 1 {who}" in detail for detail in said) == 2
    (typo,) = one.restore(["0" * 8], tmp_path / "back")
    assert typo.code == "unknown"


def test_a_damaged_page_that_has_it_is_told_and_one_that_has_not_is_no_hindrance(one, tmp_path):
    with one.reach() as store:
        store.put("meta/pbx1/far-1-0123456789abcdef", Body.of(b"no page"))
        assert "erased" in codes(erase(one, of(ANNA)))
        recording = find(one, BORIS)[0].data["receipt"]["recording"]
        store.put("meta/pbx1/far-1-0123456789abcdef", Body.of(f"no page {recording}".encode()))
        said = erase(one, of("", recording))
        assert [outcome.code for outcome in said if outcome.bad] == ["not-erased"]
        store.purge("meta/pbx1/far-1-0123456789abcdef")
    assert codes(erase(one)).count("erased") == 1


@pytest.mark.parametrize("what", [hold, erase, plan])
def test_recordings_of_which_nothing_is_known_may_be_meant(one, tmp_path, what):
    (page,) = (tmp_path / "nas/meta").rglob("*-*")
    with one.reach() as store:
        there = read(store, f"meta/pbx1/{page.name}", 1 << 20)
        store.put(f"meta/pbx1/{page.name}", Body.of(b"\n".join(there.splitlines()[:-1]) + b"\n"))
    assert [outcome.code for outcome in what(one, of("74951234567")) if outcome.bad] == ["no-sidecar", "incomplete"]


def test_only_who_has_the_key_ends_or_lifts_anything(one):
    """A ledger of whoever may write to the store says that recordings are to go, and that a hold is over."""
    from jobs.test_archive_calls import said_by_another

    recordings = [entry.body["recording"] for entry in one.entries() if entry.kind == "receipt"]
    hold(one, of(ANNA))
    (held, *_) = [entry for entry in one.entries() if entry.kind == Kind.HOLD]
    before = one.restored()
    said_by_another(
        one,
        *((kind, {"recording": each, "mark": "0" * 64}) for kind in (Kind.ERASE, Kind.DELETE) for each in recordings),
        *((Kind.UNHOLD, {**held.body, "recording": each, "hold": held.body["note"]}) for each in recordings),
    )
    one.archive()
    assert {"on-hold"} <= set(codes(erase(one, of(ANNA)))) <= {"on-hold", "foreign"}
    assert len(one.restored()) == len(before)
    assert not [outcome for outcome in one.verify() if outcome.bad]


def test_a_receipt_of_another_leads_an_erasure_to_no_other_object(one):
    """The right name, and the key of something else."""
    from jobs.test_archive_calls import said_by_another

    receipts = [entry.body for entry in one.entries() if entry.kind == "receipt"]
    kept = [body["key"] for body in receipts if body["recording"] not in _names(one, ANNA)]
    for body in receipts:
        if body["recording"] in _names(one, ANNA):
            said_by_another(one, *((Kind.RECEIPT, {**body, "key": key, "page": key}) for key in kept))
    erase(one, of(ANNA))
    with one.reach() as store:
        assert all(store.stat(key) for key in kept)
    assert not [outcome for outcome in one.verify() if outcome.bad]


def _names(one, number):
    return {outcome.data["receipt"]["recording"] for outcome in find(one, number)}


@pytest.mark.parametrize("job", ["erase", "retain"])
def test_what_came_on_hold_before_it_was_gone_stays(tmp_path, job, monkeypatch):
    """One machine says that it is to go, and is cut off; another one holds it meanwhile."""
    more = 'country = "RU"\n[[calls.retain.rules]]\nkeep = "1d"'
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=more)
    lay(one.spool, name(1), sound(1), WEEK)
    one.archive()
    other = Workspace(tmp_path / "other", tmp_path / "none", one.store, key=one.key, more=more)

    def cut(*_):
        raise StoreError("cut off")

    with monkeypatch.context() as patch:
        patch.setattr(ledgers, "put", cut)
        with pytest.raises(StoreError):
            erase(one, of("", *found_names(one))) if job == "erase" else retain(one)
    assert "held" in codes(hold(other, of("", *found_names(other))))
    for workspace in (one, other):
        one.archive()
        said = erase(workspace) if job == "erase" else retain(workspace)
        assert [outcome.code for outcome in said if outcome.bad] == ["not-erased"]
    assert len(list((tmp_path / "nas/calls").rglob("*-*"))) == 1
    unhold(other)
    said = erase(one) if job == "erase" else retain(one)
    assert not [outcome for outcome in said if outcome.bad]
    assert not list((tmp_path / "nas/calls").rglob("*-*"))


def found_names(workspace):
    return [outcome.data["receipt"]["recording"] for outcome in find(workspace)]


@pytest.mark.parametrize("fact", [{"note": "../x"}, {"note": 7}, {"actor": "x\nRecording 0\n  erased by the king"}])
def test_what_another_says_of_accesses_stops_no_erasure_and_is_in_no_certificate(one, fact):
    from jobs.test_archive_calls import said_by_another

    told = {"actor": "ann", "what": "play", "note": "notes/x/0000000000000000", "mark": "0" * 64, **fact}
    said_by_another(one, *((Kind.ACCESS, {"recording": each, **told}) for each in _names(one, ANNA)))
    said = erase(one, of(ANNA))
    assert "erased" in codes(said)
    assert not [outcome for outcome in said if outcome.bad]
    assert "king" not in str(said)


@pytest.mark.parametrize("left", [0, 2])
def test_a_ledger_that_has_lost_what_was_read_of_it_lifts_no_hold(tmp_path, left):
    """All of it, or its last segments: whoever may delete in the store."""
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more='country = "RU"')
    lay(one.spool, named(1, ANNA), sound(1))
    one.archive(free=False)
    other = Workspace(tmp_path / "other", tmp_path / "none", one.store, key=one.key, more='country = "RU"')
    for _ in range(left):
        other.archive()
    hold(other, of(ANNA), case="old")
    unhold(other, case="old")
    hold(other, of(ANNA))
    assert codes(erase(one, of(ANNA))) == ["on-hold"]
    segments = sorted((tmp_path / "nas/ledger" / other.writer).glob("*.jsonl"))
    kept = {path: path.read_bytes() for path in segments}
    for path in segments[left:]:
        path.unlink()
    for _ in range(2):
        said = erase(one, of(ANNA))
        assert "holds-unknown" in codes(said)
        assert "erased" not in codes(said)
        assert [outcome.subject for outcome in one.verify() if outcome.bad] == [other.writer]
    for path, data in kept.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    assert codes(erase(one, of(ANNA))) == ["on-hold"]
    assert not [outcome for outcome in one.verify() if outcome.bad]


def test_what_is_erased_while_another_machine_archives_it_comes_back_nowhere(one, tmp_path, monkeypatch):
    """Its run began before it could hear of the recording."""
    other = Workspace(tmp_path / "other", tmp_path / "spool2", one.store, key=one.key, more=MORE)
    lay(one.spool, named(50, ANNA), sound(50))
    lay(other.spool, named(50, ANNA), sound(50))
    lay(other.spool, named(51, ANNA), sound(51))
    archived, running = run.archived, []

    def meanwhile(this, *args, **options):
        if this.settings.root == other.root and not running:
            running.append(this)
            one.archive()
            assert "erased" in codes(erase(one, of(ANNA)))
        yield from archived(this, *args, **options)

    monkeypatch.setattr(run, "archived", meanwhile)
    assert codes(other.archive(free=False)).count("archived") == 2
    assert running
    assert not [outcome for outcome in one.verify() if outcome.bad or outcome.code == "lies-again"]
    with one.reach() as store:
        gone = naming.recording(sha(sound(50)), one.ring.naming)
        assert store.stat(naming.call(gone)) is None
        assert purge.everywhere(store, [gone]) == {}
    assert len(find(one, ANNA)) == 1
    assert nowhere(one, [sound(50)[60:700], named(50, ANNA).encode()], tmp_path / "nas") == set()

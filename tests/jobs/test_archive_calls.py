"""calls archive, verify, restore: one receipt for a content, whoever is killed, gone or at it too; and no names."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from calls.archives import DAY, HOUR, NUMBERS, WEEK, Workspace, aged, codes, lay, name, noise, sha, sound, tree
from deploy.far import far
from pbx.riff import data, fmt, riff
from servers import sshd

from voicekit import stores
from voicekit.calls import chain, ledgers, naming, pages
from voicekit.calls import spool as looking
from voicekit.calls.archive import Archiver
from voicekit.calls.cdr import records as cdr
from voicekit.calls.encode import Encoding
from voicekit.calls.receipts import Receipt
from voicekit.calls.restore import Restorer
from voicekit.errors import InputError, LockedError, StoreError, VerificationError
from voicekit.jobs import archive_calls
from voicekit.stores import Body, Cap
from voicekit.stores.faults import FullError


@pytest.fixture
def spool(tmp_path):
    """Three recordings that are over, of which two are old enough to go."""
    folder = tmp_path / "spool"
    for number, age in ((1, HOUR), (2, 2 * WEEK), (3, 2 * WEEK)):
        lay(folder, name(number), sound(number), age)
    return folder


@pytest.fixture
def one(tmp_path, spool):
    return Workspace(tmp_path / "one", spool, f"file:{tmp_path}/nas")


@pytest.fixture
def other(tmp_path, one):
    """Another archiver of the same spool, with the same key and store."""
    return Workspace(tmp_path / "other", one.spool, one.store, key=one.key)


class Broken:
    """A store that stops at one moment: before (or after) the put of a key that begins so."""

    def __init__(self, inner, prefix, *, after=False, error=KeyboardInterrupt):
        self._inner, self._prefix, self._after, self._error = inner, prefix, after, error

    def __getattr__(self, what):
        return getattr(self._inner, what)

    def put(self, key, body, **more):
        ours = key.startswith(self._prefix)
        if ours and not self._after:
            raise self._error
        self._inner.put(key, body, **more)
        if ours:
            raise self._error


def contents(folder):
    return set(tree(folder).values())


def test_there_and_back(one, tmp_path):
    originals = contents(one.spool)
    assert codes(one.archive()) == ["archived"] * 3 + ["freed"]
    assert contents(one.spool) == {sound(1)}
    assert codes(one.archive()) == []
    one.check(originals)
    (first, *_) = [entry.body["recording"] for entry in one.entries() if entry.kind == "receipt"]
    one.restore([first], tmp_path / "case")
    (path,) = tree(tmp_path / "case")
    assert path.decode() in {name(number) for number in (1, 2, 3)}
    assert abs((tmp_path / "case" / path.decode()).stat().st_mtime - one.root.stat().st_mtime) > HOUR - 60
    assert codes(one.restore([first, "5f0c2a9e-6f0b-8c1d-9a51-0d6a4a0f7a11"], tmp_path / "case")) == [
        "exists",
        "unknown",
    ]


@pytest.mark.parametrize(
    ("sidecar", "code"),
    [
        (b"{", "not-restored"),
        (b"[" * 100_000, "not-restored"),
        (b"[]", "not-restored"),
        (b'{"path": "a\\u0000b"}', "not-restored"),
        (json.dumps({"path": "x" * 5000}).encode(), "not-restored"),
        (b'{"path": "../../../a", "modified": 1e400}', "restored"),
        (b'{"path": "a", "modified": "soon"}', "restored"),
        (b'{"path": ["a"], "modified": 99999999999999999999}', "restored"),
    ],
)
def test_a_sidecar_of_a_stranger_stops_no_other_recording(tmp_path, spool, sidecar, code):
    """Without encryption, who writes to the store can write it anew."""
    one = Workspace(tmp_path / "one", spool, f"file:{tmp_path}/nas", sealed=False)
    one.archive(free=False)
    first, *rest = own_recordings(one)
    with one.reach() as reached:
        (key,) = [stat.key for stat in reached.list("meta/")]
        page = pages.Page.parse(stores.read(reached, key, pages.LIMIT), key)
        entries = {**page.entries, first: replace(page.entries[first], sidecar=sidecar)}
        reached.put(key, Body.of(replace(page, entries=entries).dumped()))
    said = {outcome.subject: outcome.code for outcome in one.restore([first, *rest], tmp_path / "deep/case")}
    assert said == {first: code} | dict.fromkeys(rest, "restored")
    files = list((tmp_path / "deep").rglob("*.wav")) + list((tmp_path / "deep").rglob("a"))
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert all(path.is_relative_to(tmp_path / "deep/case") for path in files)


@pytest.mark.parametrize("zone", ["Europe/Moscow", "America/New_York"])
@pytest.mark.parametrize("day", ["00010101-000000", "99991231-235959"])
def test_a_name_of_no_time_that_can_be_stops_no_run(tmp_path, zone, day):
    one = Workspace(tmp_path / "one", tmp_path / "calls", f"file:{tmp_path}/nas", more=f'zone = "{zone}"')
    lay(one.spool, f"in-600-1-{day}-000000000.1.wav", sound(1))
    lay(one.spool, name(2), sound(2))
    assert codes(one.archive()) == ["archived"] * 2
    assert all(body["began"] for body in sidecars(one))


def test_a_time_of_change_that_can_not_be_stops_no_run(one, monkeypatch):
    """As other file systems have it, and as another machine may say."""
    lay(one.spool, "x.wav", sound(4))
    real = archive_calls.choose

    def old(found, *more):
        return real((replace(file, modified=-99_999_999_999) for file in found), *more)

    monkeypatch.setattr(archive_calls, "choose", old)
    monkeypatch.setattr(looking, "_same", lambda spool, found: Path(spool, found.path).open("rb"))  # noqa: SIM115
    assert codes(one.archive(free=False)) == ["archived"] * 4


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(one, spool):
    def said():
        return {outcome.code: outcome.data for outcome in archive_calls.plan(one.settings, one.settings.chosen(()))}

    def everything():
        return {path: path.read_bytes() for path in one.root.parent.rglob("*") if path.is_file()}

    before = everything()
    assert said() == {
        "would-archive": {"files": 3, "bytes": 3 * len(sound(1))},
        "would-free": {"files": 2, "bytes": 2 * len(sound(1))},
    }
    assert everything() == before
    one.archive(free=False)
    before = everything()
    after = said()
    assert (after["would-archive"]["files"], after["would-free"]["files"]) == (0, 2)
    assert {path: data for path, data in everything().items() if "-wal" not in path.name} == before
    (freed,) = [outcome for outcome in one.archive() if outcome.code == "freed"]
    assert freed.data == after["would-free"]


def test_keep_and_what_is_too_young_to_go(one, spool):
    assert codes(one.archive(free=False)) == ["archived"] * 3
    assert len(tree(spool)) == 3


def test_no_number_or_name_of_a_caller_is_anywhere(one, other, capsys, tmp_path):
    """In no byte of store and ledger, and in no outcome, also where things fail."""
    lay(one.spool, f"voicemail/default/{NUMBERS[1]}/INBOX/msg0001.wav", sound(4))
    lay(one.spool, f"{NUMBERS[2]}-{NUMBERS[0]}-1795419659.133.wav", sound(5))
    lay(one.spool, f"no-extension-{NUMBERS[0]}", noise(1, 500))
    lay(one.spool, f"{NUMBERS[0]}.1.wav", sound(6))
    lay(one.spool, f"{NUMBERS[1]}/x.{NUMBERS[2]}", noise(2, 500))
    lay(one.spool, f"{NUMBERS[0]}-empty.wav", b"", 2 * DAY)
    said = one.archive()
    lay(one.spool, f"{NUMBERS[0]}-large.wav", noise(3, 3_000_000))
    with one.reach() as reached:
        said += one.archive(store=Broken(reached, "calls/", error=StoreError("no")))
    said += [*other.archive(), *one.verify(), *other.verify()]
    said += one.restore([entry.body["recording"] for entry in one.entries() if entry.kind == "receipt"], tmp_path / "b")
    assert {"archived", "empty", "not-archived", "known", "verified", "restored"} <= set(codes(said))
    everything = {b"said": "\n".join(outcome.as_json() for outcome in said).encode(), **tree(tmp_path / "nas")}
    for workspace in (one, other):
        everything |= tree(workspace.settings.ledger)
    everything |= {b"keys": b"\n".join(everything)}
    for number in NUMBERS:
        assert not [where for where, data in everything.items() if number.encode() in data], number


def test_one_content_has_one_receipt(one, tmp_path):
    """Twice in one run, more often than one batch has, and again in the next."""
    for number in range(10, 90):
        lay(one.spool, name(number, day=f"2026/11/{number % 3 + 10}"), sound(2))
    said = one.archive(free=False)
    assert codes(said).count("archived") == 3
    assert len([*(tmp_path / "nas/calls").rglob("*-*")]) == 3
    lay(one.spool, "copy.wav", sound(3))
    assert codes(one.archive(free=False)) == ["known"]
    one.check(contents(one.spool))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("prefix", ["meta/", "calls/", "ledger/"])
def test_an_archiver_that_stops_between_any_two_steps_goes_on(one, tmp_path, prefix, after):
    originals = contents(one.spool)
    with one.reach() as reached, pytest.raises(KeyboardInterrupt):
        one.archive(store=Broken(reached, prefix, after=after), free=False)
    one.archive()
    assert len(one.receipts()) == 3
    one.check(originals)
    assert contents(one.spool) == {sound(1)}


def test_one_that_stops_between_receipt_and_cache(one, tmp_path, monkeypatch):
    from voicekit.calls.seen import Seen

    originals = contents(one.spool)

    def stopping(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Seen, "add", stopping)
        with pytest.raises(KeyboardInterrupt):
            one.archive()
    assert contents(one.spool) == originals
    assert codes(one.archive()) == ["freed", "known", "known", "known"]
    one.check(originals)


def test_a_cache_that_is_lost_or_damaged_or_lies(one, tmp_path):
    originals = contents(one.spool)
    one.archive(free=False)
    for damage in (lambda path: path.unlink(), lambda path: path.write_bytes(b"SQLite format 3\0" + noise(1, 9000))):
        for suffix in ("-wal", "-shm"):
            one.settings.seen.with_name(f"calls.sqlite{suffix}").unlink(missing_ok=True)
        damage(one.settings.seen)
        assert codes(one.archive(free=False)) == ["known"] * 3
    shutil.rmtree(one.settings.ledger)  # and what it knows has a receipt no more, unless a store has the ledger
    shutil.rmtree(tmp_path / "nas")
    (tmp_path / "nas").mkdir()
    assert codes(one.archive(free=False)) == ["archived"] * 3 + ["ledger-damaged"]  # somebody's, in which more stood
    one.check(originals)


def test_nothing_is_removed_that_has_no_receipt(one, spool):
    from voicekit.calls import seen
    from voicekit.calls.seen import Known

    with one.reach() as reached:
        said = one.archive(store=Broken(reached, "meta/", error=StoreError("no")))
    assert codes(said) == ["not-archived"]
    with seen.opened(one.settings.seen) as cache:
        for path in spool.rglob("*.wav"):
            data, modified = path.read_bytes(), int(path.stat().st_mtime)
            cache.add("pbx1", [Known(str(path.relative_to(spool)), len(data), modified, sha(data))])
    with one.reach() as reached, pytest.raises(StoreError):  # the page of before can't be put
        one.archive(store=Broken(reached, "meta/", error=StoreError("no")))
    assert len(tree(spool)) == 3


@pytest.mark.parametrize(("what", "stay"), [("calls", 2), ("meta", 3)])
def test_nothing_is_removed_of_which_the_store_has_lost_sound_or_key(one, spool, tmp_path, what, stay):
    """The ledger says that all are archived, and two are old enough to go; one page has the keys of all."""
    one.archive(free=False)
    old = naming.recording(sha(sound(2)), one.ring.naming)
    for path in (tmp_path / "nas" / what).rglob(old if what == "calls" else "*-*"):
        path.unlink()
    said = one.archive()
    assert [(outcome.code, outcome.data["files"]) for outcome in said if outcome.bad] == [("lost", stay - 1)]
    assert len(tree(spool)) == stay
    assert sound(2) in contents(spool)


@pytest.mark.parametrize("free", [True, False])
def test_a_store_that_is_empty_is_no_store_of_this_archive(one, spool, tmp_path, free):
    """A disk that is not mounted, whose folder is there."""
    one.archive(free=False)
    (tmp_path / "nas").rename(tmp_path / "away")
    (tmp_path / "nas").mkdir()
    with pytest.raises(StoreError, match="not mounted"):
        one.archive(free=free)
    assert len(tree(spool)) == 3
    assert tree(tmp_path / "nas") == {}
    (tmp_path / "nas").rmdir()
    (tmp_path / "away").rename(tmp_path / "nas")
    assert codes(one.archive()) == ["freed"]


def test_a_folder_that_may_not_be_written_to_stops_no_other(one, spool):
    lay(spool, "2026/10/10/x.wav", sound(5), 3 * WEEK)
    (spool / "2026/10/10").chmod(0o777)  # root's, and others may write to it
    said = {outcome.code: outcome for outcome in one.archive()}
    assert (said["not-freed"].data, said["freed"].data["files"]) == ({"files": 1}, 2)
    assert "this user may not write to their folders, or they are root's" in said["not-freed"].detail
    assert "run this as root or the user of Asterisk" in said["not-freed"].remedy
    assert contents(spool) == {sound(1), sound(5)}


def test_what_may_not_be_looked_at_is_found_with_a_command(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "a spool", f"file:{tmp_path}/nas").settings.spools["pbx1"]
    (unseen,) = archive_calls._left(one, SimpleNamespace(troubles=[1]), Counter())
    assert unseen.remedy == f"find '{tmp_path}/a spool' ! -readable names them"


def test_names_that_a_killed_removal_hid_come_back_whatever_is_asked(one, spool):
    hidden = spool / "2026/11/20/.voicekit-removing-dead"
    lay(hidden, "x.wav", sound(5), 3 * WEEK)
    one.archive(free=False)
    assert not hidden.exists()
    assert "archived" in codes(one.archive(free=False))


def test_voicemail_is_archived_and_stays(one, tmp_path):
    lay(one.spool, "voicemail/default/100/INBOX/msg0001.wav", sound(7), 3 * WEEK)
    lay(one.spool, "voicemail/default/100/unavail.wav", sound(8), 3 * WEEK)
    assert codes(one.archive()) == ["archived"] * 4 + ["freed"]
    assert contents(one.spool) == {sound(1), sound(7), sound(8)}


TEXT = '[message]\norigmailbox=100\ncallerid="Anna" <5551234>\norigtime=1795419001\nmsg_id=1-2\n'


def test_a_message_and_its_text_go_together(one):
    """Both wait until both are over; what the text says is known of the sound, and the text comes back as well."""
    inbox = "voicemail/default/100/INBOX"
    lay(one.spool, f"{inbox}/msg0001.wav", sound(7))
    text = lay(one.spool, f"{inbox}/msg0001.txt", TEXT.encode(), age=5)
    lay(one.spool, f"{inbox}/msg0002.wav", sound(8))
    assert codes(one.archive(free=False)) == ["archived"] * 4 + ["waiting"]
    aged(text, HOUR)
    assert codes(one.archive(free=False)) == ["archived"] * 2
    told = {body["path"]: body for body in sidecars(one)}
    told = told[f"{inbox}/msg0001.wav"]
    assert (told["message"]["msg_id"], told["source"], told["began"]) == ("1-2", "5551234", "2026-11-23T07:30:01+00:00")
    one.check(contents(one.spool))


@pytest.mark.parametrize("text", [b"", b"\0\xff", b"[message]\n" * 2, b"[x]\ny", b"[message]\norigtime=x\n", b"[" * 99])
def test_a_text_that_is_none_stops_no_message(one, text):
    inbox = "voicemail/default/100/INBOX"
    lay(one.spool, f"{inbox}/msg0001.wav", sound(7))
    lay(one.spool, f"{inbox}/msg0001.txt", text)
    one.archive()
    assert sound(7) in one.restored()


def test_the_legs_of_a_call_go_together(one, spool):
    leg = lay(spool, "1795419659-x-in.wav", sound(7))
    lay(spool, "1795419659-x-out.wav", sound(8), age=5)
    lay(spool, "1795419660-x-in.wav", sound(9))
    lay(spool, "1795419660-x-out.wav", sound(1)[:44])  # who said nothing holds up nobody
    assert codes(one.archive(free=False)) == ["archived"] * 4 + ["waiting"]
    aged(leg.with_name("1795419659-x-out.wav"), HOUR)
    assert codes(one.archive(free=False)) == ["archived"] * 2 + ["waiting"]


@pytest.mark.parametrize("size", [4_000, 2_000_000])
def test_a_header_without_sizes_is_no_call_that_is_over_yet(one, spool, size):
    """On hold nothing is written for minutes; where nobody holds it open after an hour, the call crashed."""
    content = bytearray(riff(fmt(), data(noise(1, size))))
    content[4:8] = content[40:44] = bytes(4)
    held = lay(spool, "held.wav", bytes(content), age=HOUR / 2)
    assert codes(one.archive(free=False)) == ["archived"] * 3 + ["waiting"]
    aged(held, HOUR + 1)
    assert codes(one.archive(free=False)) == ["archived"]
    one.check(contents(spool))


def test_what_has_no_sound_is_told_and_stays(one, spool):
    lay(spool, "zero.gsm", b"", 3 * WEEK)
    lay(spool, "header.wav", sound(1)[:44], 3 * WEEK)
    lay(spool, "young.wav", sound(1)[:44], HOUR)
    lay(spool, "ahead.wav", sound(9), -3 * WEEK)
    lay(spool, "now.wav", sound(10), 5)
    linked = lay(spool, "linked.wav", sound(11), 3 * WEEK)
    (spool / "twin.wav").hardlink_to(linked)
    said = codes(one.archive())
    assert said == ["archived"] * 3 + ["empty"] * 2 + ["freed", "future"] + ["linked"] * 2 + ["waiting"]
    assert len(tree(spool)) == 8


def test_of_many_without_sound_a_few_are_named_and_the_rest_counted(one):
    for number in range(10, 40):
        lay(one.spool, name(number), sound(1)[:44], 3 * WEEK)
    expected = []
    *said, summary = one.all_of_archive(free=False, expect=expected.append)
    empty = [outcome for outcome in said if outcome.code == "empty"]
    assert len(empty) == 6
    assert empty[-1].detail == "25 more recordings: no sound in it"
    assert summary.data["waiting"] == 30
    assert expected == [9]


def test_where_it_can_not_be_known_nothing_is_archived_or_removed_unless_told(tmp_path, spool, monkeypatch):
    from voicekit.calls import spool as looking

    monkeypatch.setattr(looking, "_REMOTE", ("",))  # any disk
    blind = Workspace(tmp_path / "blind", spool, f"file:{tmp_path}/nas")
    (said,) = blind.archive()
    assert (said.code, said.data, "min_age" in said.remedy) == ("unknown", {"files": 3}, True)
    told = Workspace(tmp_path / "blind", spool, f"file:{tmp_path}/nas", more='min_age = "2h"')
    assert codes(told.archive()) == ["archived"] * 2 + ["freed", "waiting"]
    assert contents(spool) == {sound(1)}
    lay(spool, name(2), sound(2), 2 * WEEK)
    told.archive(free=False)
    blind = Workspace(tmp_path / "blind", spool, f"file:{tmp_path}/nas")
    blind.archive()
    assert contents(spool) == {sound(1), sound(2)}


def test_a_file_that_grows_between_hash_and_put(one, tmp_path, monkeypatch):
    """Large ones are read from the spool again and again. Kept as they are and sealed, the object's hash would be of
    what was read last: no receipt may say that it is the first.
    """
    path = lay(one.spool, "large.xyz", noise(1, 3_000_000), 2 * WEEK)
    before = Archiver.ready

    def growing(self, recordings):
        made = before(self, recordings)
        with path.open("r+b") as file:
            file.write(b"changed")
        return made

    with monkeypatch.context() as patch:
        patch.setattr(Archiver, "ready", growing)
        assert codes(one.archive()) == ["archived"] * 3 + ["freed", "not-archived"]
    now = path.read_bytes()
    aged(path, HOUR)
    assert "archived" in codes(one.archive())
    lay(one.spool, "as-it-was.xyz", noise(1, 3_000_000))
    assert codes(one.archive()) == ["archived"]
    one.check({sound(1), sound(2), sound(3), now, noise(1, 3_000_000)})


def test_a_file_that_another_archiver_frees_meanwhile_is_no_failure(one, tmp_path, monkeypatch):
    path = lay(one.spool, "large.xyz", noise(1, 3_000_000), 2 * WEEK)
    before = Archiver.ready

    def freed(self, recordings):
        made = before(self, recordings)
        path.unlink(missing_ok=True)
        return made

    monkeypatch.setattr(Archiver, "ready", freed)
    said = one.archive(free=False)
    assert codes(said) == ["archived"] * 3 + ["gone"]
    assert not any(outcome.bad for outcome in said)


def test_an_object_that_another_encoder_put_counts_if_it_gives_the_original_back(one, tmp_path):
    originals = contents(one.spool)
    one.settings = replace(one.settings, encoding=Encoding.KEEP)
    with one.reach() as reached, pytest.raises(KeyboardInterrupt):
        one.archive(store=Broken(reached, "calls/", after=True), free=False)
    there = tree(tmp_path / "nas/calls")
    assert there
    one.settings = replace(one.settings, encoding=Encoding.FLAC)
    one.archive()
    assert there.items() <= tree(tmp_path / "nas/calls").items()
    kept = [e.body for e in one.entries() if e.kind == "receipt" and e.body["encoding"] == "keep"]
    assert {body["proof"] for body in kept} == {"read-back"}
    assert len(kept) == len(there)
    one.check(originals)


def test_an_object_that_no_key_opens_is_replaced(one):
    """Damaged on its way by a run that was killed before it read it back."""
    originals = contents(one.spool)
    with one.reach() as reached:
        reached.put(naming.call(naming.recording(sha(sound(2)), one.ring.naming)), Body.of(b"rubbish"))
    assert codes(one.archive()) == ["archived"] * 3 + ["freed"]
    one.check(originals)


@pytest.mark.parametrize("page", [b'{"page":2,"writer":"later-1"}\n', b"damaged"])
def test_an_object_is_not_replaced_while_a_page_can_not_be_read_that_may_have_its_key(one, page):
    """Of a later voicekit, or damaged: the object may be good, and its key only there."""
    where = naming.call(naming.recording(sha(sound(2)), one.ring.naming))
    with one.reach() as reached:
        reached.put(where, Body.of(b"whose?"))
        reached.put("meta/pbx1/later-1-0123456789abcdef", Body.of(page))
        assert codes(one.archive(free=False)) == ["archived", "archived", "not-archived"]
        assert stores.read(reached, where, 100) == b"whose?"


def test_the_loser_neither_deletes_nor_fails_and_sees_the_receipt_later(one, other, tmp_path):
    originals = contents(one.spool)
    with one.reach() as reached, pytest.raises(KeyboardInterrupt):
        one.archive(store=Broken(reached, "ledger/"))  # all claimed and archived, and nobody was told
    lay(one.spool, name(2), sound(2), 2 * WEEK)
    lay(one.spool, name(3), sound(3), 2 * WEEK)
    said = other.archive()
    assert codes(said) == ["taken"] * 3
    assert not any(outcome.bad for outcome in said)
    assert contents(one.spool) == originals
    one.archive(free=False)
    assert codes(other.archive()) == ["freed", "known", "known", "known"]
    for workspace in (one, other):
        workspace.check(originals)


def test_a_writer_that_is_gone_for_good_is_taken_over_by_name(one, other, tmp_path):
    originals = contents(one.spool)
    gone = one.writer
    with one.reach() as reached, pytest.raises(KeyboardInterrupt):
        one.archive(store=Broken(reached, "calls/", after=True), free=False)
    shutil.rmtree(one.root / "calls")  # with its ledger; and it began a new one
    assert one.writer != gone
    said = one.archive(free=False)
    assert "taken" in codes(said)
    assert gone in next(outcome.detail for outcome in said if outcome.code == "taken")
    told = codes(other.archive(free=False, take_over=["somebody-else"]))
    assert "taken" in told
    assert set(told) <= {"taken", "known"}  # which of three the broken run had claimed is a matter of its threads
    told = codes(other.archive(free=False, take_over=[gone]))
    assert "archived" in told
    assert set(told) <= {"archived", "known"}
    one.archive(free=False, take_over=[gone])
    other.archive(free=False)
    assert sorted(other.receipts()) == sorted({sha(data) for data in originals})
    other.check(originals)
    with pytest.raises(InputError, match="of the ledger here"):
        one.archive(take_over=[one.writer])


def test_a_ledger_that_is_an_old_copy_is_not_gone_on_with(one, tmp_path):
    one.archive(free=False)
    shutil.copytree(one.root / "calls", tmp_path / "copy")
    lay(one.spool, name(9), sound(9))
    one.archive(free=False)
    shutil.rmtree(one.root / "calls")
    shutil.copytree(tmp_path / "copy", one.root / "calls")
    with pytest.raises(VerificationError, match="an old copy"):
        one.archive()
    shutil.rmtree(one.root / "calls")
    assert codes(one.archive(free=False)) == []
    assert len(one.receipts()) == 4


def test_a_segment_that_was_damaged_on_its_way_is_put_again(one, tmp_path):
    """By a store that does not notice; at once, or after the run was killed."""
    originals = contents(one.spool)

    def damage(key):
        path = tmp_path / "nas" / key
        path.write_bytes(path.read_bytes()[:-2] + b"x\n")

    class Careless(Broken):
        caps = frozenset({Cap.IF_ABSENT})

        def put(self, key, body, **more):
            there = (tmp_path / "nas" / key).exists()
            self._inner.put(key, body, **more)
            if not there and key.startswith(self._prefix):
                damage(key)

    with one.reach() as reached:
        one.archive(store=Careless(reached, "ledger/"), free=False)
        lay(one.spool, name(8), sound(8))
        one.archive(store=Careless(reached, ("calls/", "meta/")), free=False)
    damage(max(f"ledger/{path.parent.name}/{path.name}" for path in (tmp_path / "nas/ledger").rglob("*.jsonl")))
    one.archive(free=False)
    shutil.rmtree(one.settings.ledger)
    one.check(originals | {sound(8)})


def test_a_lost_ledger_is_read_from_the_store(one, tmp_path):
    originals = contents(one.spool)
    one.archive(free=False)
    shutil.rmtree(one.root / "calls")
    shutil.rmtree(one.root / ".voicekit")
    assert codes(one.archive()) == ["freed", "known", "known", "known"]
    one.check(originals)


def test_a_damaged_ledger_of_another_stops_nothing(one, other, tmp_path):
    other.archive(free=False)
    (segment,) = (tmp_path / "nas/ledger").rglob("*.jsonl")
    segment.write_bytes(segment.read_bytes().replace(b"receipt", b"recEipt", 1))
    hashes = tmp_path / "nas/.voicekit/sha256" / segment.relative_to(tmp_path / "nas")
    hashes.write_text(f"{sha(segment.read_bytes())}\n")
    lay(one.spool, name(9), sound(9))
    said = codes(one.archive())
    assert said == ["archived", "ledger-damaged", "taken", "taken", "taken"]
    assert len(tree(one.spool)) == 4


def said_by_another(one, *facts):
    """A ledger in the store that follows all rules of a chain, and says this."""
    at = datetime.now(UTC)
    lines = [chain.head(chain.START, "another", 1, at)]
    for kind, body in facts:
        lines.append(chain.line(chain.read(lines[-1]).link, kind, body, at))
    with one.reach() as reached:
        reached.put("ledger/another/00000001.jsonl", Body.of(b"".join(lines)))


def claimed(content, recording=None, **more):
    return {
        "recording": recording or naming.recording(sha(content)), "original": sha(content), "size": 1, "key": "calls/x",
        "encoding": "keep", "stored": sha(content), "stored_size": 1, "proof": "server", "master": "", "page": "meta/x",
    } | more  # fmt: skip


def test_nothing_is_removed_on_the_word_of_who_has_no_key_of_this_archive(one, tmp_path):
    originals = contents(one.spool)
    said_by_another(one, *((chain.Kind.RECEIPT, claimed(each)) for each in originals))
    assert codes(one.archive()) == ["archived", "archived", "archived", "freed"]
    assert codes(one.restore(own_recordings(one), tmp_path / "back")) == ["foreign"] + ["restored"] * 3
    assert contents(tmp_path / "back") == originals


def own_recordings(one):
    segments = ((where, data) for _, where, data in ledgers.behind(one.settings.ledger, 0))
    return [entry.body["recording"] for entry in chain.whole(segments) if entry.kind == "receipt"]


@pytest.mark.parametrize(
    "fact",
    [
        (chain.Kind.RECEIPT, {}),
        (chain.Kind.RECEIPT, []),
        (chain.Kind.RECEIPT, claimed(b"", ["x"])),
        (chain.Kind.RECEIPT, claimed(b"", original="zz")),
        (chain.Kind.RECEIPT, claimed(b"", proof="none")),
        (chain.Kind.RECEIPT, claimed(b"", stored_size="1")),
        (chain.Kind.RECEIPT, claimed(b"", more="x")),
        (chain.Kind.ERASE, {}),
        (chain.Kind.DELETE, {"recording": ["x"]}),
    ],
)
def test_what_another_ledger_says_amiss_stops_nothing(one, tmp_path, fact):
    originals = contents(one.spool)
    said_by_another(one, fact)
    assert codes(one.archive(free=False)) == ["archived", "archived", "archived", "ledger-damaged"]
    assert codes(one.restore(own_recordings(one), tmp_path / "back")) == ["ledger-damaged"] + ["restored"] * 3
    assert contents(tmp_path / "back") == originals


def test_no_other_ledger_leads_a_restoration_elsewhere(one, tmp_path):
    originals = contents(one.spool)
    one.archive(free=False)
    receipts = [entry.body for entry in one.entries() if entry.kind == "receipt"]
    said_by_another(one, *((chain.Kind.RECEIPT, {**body, "key": "calls/none"}) for body in receipts))
    assert (
        codes(one.restore([body["recording"] for body in receipts], tmp_path / "back"))
        == ["foreign"] + ["restored"] * 3
    )
    assert contents(tmp_path / "back") == originals


@pytest.mark.parametrize("changed", [{"stored": "0" * 64}, {"stored_size": 7}, {"page": "meta/pbx1/x"}, {"master": ""}])
def test_a_receipt_that_another_has_changed_is_nobodys(one, tmp_path, changed):
    """On a machine that has only the key; the ledger that lies is read first there."""
    originals = contents(one.spool)
    one.archive(free=False)
    receipts = [entry.body for entry in one.entries() if entry.kind == "receipt"]
    said_by_another(one, *((chain.Kind.RECEIPT, {**body, **changed}) for body in receipts))
    assert one.writer > "another"
    court = Workspace(tmp_path / "court", tmp_path / "no-spool", one.store, key=one.key)
    said = codes(court.restore([body["recording"] for body in receipts], tmp_path / "back"))
    assert said == ["foreign"] + ["restored"] * 3
    assert contents(tmp_path / "back") == originals


def test_keys_of_a_ledger_that_lead_elsewhere_are_not_read(one, other, tmp_path):
    class Odd:
        name = "odd"

        def list(self, prefix="", after=""):
            from types import SimpleNamespace

            for key in ("ledger/../../x/00000001.jsonl", "ledger/a/../00000001.jsonl", "ledger/a/1.jsonl", "ledger/a"):
                yield SimpleNamespace(key=key, size=1)

    odd = Odd()
    assert list(ledgers.later(odd, "a", 0)) == []


def test_a_half_written_last_line_is_no_damage_to_who_reads(one, tmp_path):
    one.archive(free=False)
    last = max(one.settings.ledger.glob("0*.jsonl"))
    with last.open("ab") as file:
        file.write(b'{"at":"2026-')
    assert set(codes(one.verify())) == {"verified"}


def test_encryption_off_is_another_archive_of_the_same_store(one, tmp_path):
    """A content that was archived sealed has its receipt; what comes later is stored as it is."""
    one.archive(free=False)
    lay(one.spool, name(9), sound(9))
    one.settings, ring = replace(one.settings, key=None), one.ring
    one.ring = None
    assert codes(one.archive(free=False)) == ["archived"]
    one.ring = ring
    one.check(contents(one.spool))


def test_a_store_that_does_not_enforce_who_was_first(one):
    """Another archiver's object came over ours: no key of ours opens it."""
    one.archive(free=False)
    lay(one.spool, name(9), sound(9))

    class Weak(Broken):
        caps = frozenset({Cap.DIGEST})

        def put(self, key, body, **more):
            self._inner.put(key, body, **more)
            if key.startswith("calls/"):
                self._inner.put(key, Body.of(b"another's"))

    with one.reach() as reached:
        assert codes(one.archive(store=Weak(reached, ""), free=False)) == ["taken"]


def test_a_full_store(one, tmp_path):
    originals = contents(one.spool)
    with one.reach() as reached:
        said = one.archive(store=Broken(reached, "calls/", error=FullError("full; make room there")))
    assert codes(said) == ["not-archived"] * 3
    assert contents(one.spool) == originals
    one.archive()
    one.check(originals)


def test_a_spool_that_fails_stops_no_other(one, tmp_path):
    config = one.root / "voicekit.toml"
    config.write_text(f'{config.read_text()}\n[calls.spools.aaa]\npath = "{tmp_path}/none"\n')
    from voicekit.calls import settings

    one.settings = settings.load(one.root)
    assert codes(one.archive()) == ["archived"] * 3 + ["freed", "not-archived"]


def test_one_run_at_a_time_in_one_workspace(one):
    from voicekit.calls import ledger

    with ledger.opened(one.settings.ledger, one.writer), pytest.raises(LockedError):
        one.archive()


def test_two_processes_at_once_on_one_store_and_one_spool(one, other, tmp_path):
    for number in range(10, 60):
        lay(one.spool, name(number), sound(number), 2 * WEEK)
    originals = contents(one.spool)
    argv = [sys.executable, "-m", "voicekit", "calls", "archive", "--json", "-C"]
    runs = [subprocess.Popen([*argv, str(w.root)], stdout=subprocess.PIPE, text=True) for w in (one, other)]
    said = [json.loads(line) for run in runs for line in run.communicate()[0].splitlines()]
    assert [run.returncode for run in runs] == [0, 0], [outcome for outcome in said if outcome["verdict"] == "failed"]
    for workspace in (one, other, one):
        workspace.archive()
    assert contents(one.spool) == {sound(1)}
    assert len(one.receipts()) == len(originals)
    for workspace in (one, other):
        workspace.check(originals)


@pytest.mark.parametrize("shell", ["dash", "busybox"])
def test_over_ssh_without_python(tmp_path, spool, monkeypatch, shell):
    if not shutil.which(shell) or sshd.PROGRAM is None:
        pytest.skip("apt-get install busybox dash openssh-server")
    lay(spool, "звонок 'с' сайта.wav", sound(8), 2 * WEEK)
    lay(spool, "large.wav", noise(1, 3_000_000), 2 * WEEK)
    originals = contents(spool)
    with far(tmp_path / "far", "ssh", shell) as side:
        monkeypatch.setenv("PATH", side.path)
        workspace = Workspace(tmp_path / "one", spool, f"file:{tmp_path}/nas", host="ssh://nas")
        assert codes(workspace.archive()) == ["archived"] * 5 + ["freed"]
        assert contents(spool) == {sound(1)}
        workspace.check(originals)


def test_recordings_that_may_not_be_read_are_told(one, monkeypatch):
    """What went away meanwhile is no trouble; what lies there and does not come is."""
    from voicekit.calls import spool as looking

    before = looking._same

    def refusing(folder, found):
        if found.path == name(2):
            raise StoreError("may not be read")
        if found.path == name(3):
            Path(folder, found.path).unlink(missing_ok=True)
        return before(folder, found)

    monkeypatch.setattr(looking, "_same", refusing)
    (archived, unread) = one.archive()
    assert (archived.code, unread.code, unread.data) == ("archived", "unread", {"files": 1})


def test_the_name_of_a_writer_is_given_once(one):
    assert re.fullmatch(r"[A-Za-z0-9-]+-[0-9a-f]{8}", one.writer)
    first = one.writer
    assert one.writer == first


CDR = (
    '"","1001","talk","call","""Alice"" <1001>","SIP/1001-00000042","","Queue","sales,t","2026-11-23 11:40:59",'
    '"2026-11-23 11:41:00","2026-11-23 11:41:05",6,5,"ANSWERED","DOCUMENTATION","1795419001.1","","","1795419001.1",1\n'
)


@pytest.mark.parametrize("encrypted", [True, False])
def test_what_the_pbx_knows_of_a_call_goes_with_its_recording(tmp_path, encrypted):
    """Of one recording of two; the time of the call is that of its records, in the PBX's zone."""
    log = lay(tmp_path, "log/Master.csv", CDR.encode())
    more = f'cdr = "csv:{log}"\nzone = "Europe/Moscow"\n'
    one = Workspace(tmp_path / "one", tmp_path / "calls", f"file:{tmp_path}/nas", more=more, sealed=encrypted)
    for number in (1, 2):
        lay(one.spool, name(number), sound(number))
    assert codes(one.archive()) == ["archived"] * 2
    told = {body["path"]: body for body in sidecars(one)}
    known, unknown = told[name(1)], told[name(2)]
    assert (known["call"]["rows"][0]["src"], known["began"]) == ("1001", "2026-11-23T08:40:59+00:00")
    assert "call" not in unknown


def test_records_that_can_not_be_had_stop_no_recording(tmp_path):
    more = f'cdr = "csv:{tmp_path}/none.csv"\nzone = "Europe/Moscow"\n'
    one = Workspace(tmp_path / "one", tmp_path / "calls", f"file:{tmp_path}/nas", more=more)
    lay(one.spool, name(1), sound(1))
    assert codes(one.archive()) == ["archived", "no-records"]
    one.check({sound(1)})


@pytest.mark.parametrize(("text", "kept"), [(30_000, 3), (200_000, 0)])
def test_records_without_bound_make_no_page_that_nobody_can_read(tmp_path, monkeypatch, text, kept):
    """A page of more than `pages.LIMIT` could be put, and not be read again."""
    database = sqlite3.connect(tmp_path / "cdr.db")
    database.execute(
        "create table cdr (calldate, src, dst, channel, disposition, duration, uniqueid, linkedid, userfield)"
    )
    row = ("2026-11-23 07:40:00", "1", "2", "SIP/1-1", "ANSWERED", 1, "1795419001.1", "1795419001.1", "x" * text)
    database.executemany("insert into cdr values (?, ?, ?, ?, ?, ?, ?, ?, ?)", [row] * 20)
    database.commit()
    database.close()
    more = f'cdr = "sqlite:///{tmp_path}/cdr.db"\nzone = "UTC"\n'
    one = Workspace(tmp_path / "one", tmp_path / "calls", f"file:{tmp_path}/nas", more=more)
    lay(one.spool, name(1), sound(1))
    assert codes(one.archive()) == ["archived"]
    (body,) = sidecars(one)
    assert len(body.get("call", {"rows": ()})["rows"]) == kept
    lay(one.spool, name(1), sound(2), 2 * HOUR)
    monkeypatch.setattr(cdr, "MOST", 100_000)
    assert codes(one.archive()) == ["archived", "no-records"]
    monkeypatch.setattr(pages, "LIMIT", 300)
    lay(one.spool, name(3), sound(3))
    assert codes(one.archive()) == ["not-archived"]


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_call_that_is_written_down_later_reaches_its_recording(tmp_path, monkeypatch, encrypted):
    """Asked for after half an hour, then more seldom; once found, no more. The others of its page stay as they are."""
    log = lay(tmp_path, "log/Master.csv", b"")
    more = f'cdr = "csv:{log}"\nzone = "Europe/Moscow"\n'
    one = Workspace(tmp_path / "one", tmp_path / "calls", f"file:{tmp_path}/nas", more=more, sealed=encrypted)
    for number in (1, 2):
        lay(one.spool, name(number), sound(number))
    one.archive()
    before = {body["path"]: body for body in sidecars(one)}
    log.write_bytes(CDR.encode())
    assert codes(one.archive()) == []
    later(monkeypatch, HOUR)
    assert codes(one.archive()) == ["amended"]
    after = {body["path"]: body for body in sidecars(one)}
    assert after[name(1)]["call"]["rows"][0]["src"] == "1001"
    assert after[name(1)]["began"] == "2026-11-23T08:40:59+00:00"
    assert after[name(2)] == before[name(2)]
    later(monkeypatch, DAY)
    assert codes(one.archive()) == []
    one.check(contents(one.spool))


def test_a_killed_run_does_not_put_an_old_page_over_one_that_was_changed(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "calls", f"file:{tmp_path}/nas")
    lay(one.spool, name(2), sound(2))
    with one.reach() as reached, pytest.raises(KeyboardInterrupt):
        one.archive(store=Broken(reached, "calls/"))
    (page,) = (tmp_path / "nas/meta").rglob("*-*")
    changed = page.read_bytes().replace(b"{", b"{ ")  # another one, which says the same
    with one.reach() as reached:
        reached.put(f"meta/pbx1/{page.name}", Body.of(changed))
    one.archive()
    assert page.read_bytes() == changed
    one.check({sound(2)})


def test_what_the_store_refuses_of_an_amendment_is_tried_again(tmp_path, monkeypatch):
    log = lay(tmp_path, "log/Master.csv", b"")
    more = f'cdr = "csv:{log}"\nzone = "Europe/Moscow"\n'
    one = Workspace(tmp_path / "one", tmp_path / "calls", f"file:{tmp_path}/nas", more=more)
    lay(one.spool, name(1), sound(1))
    one.archive()
    log.write_bytes(CDR.encode())
    later(monkeypatch, HOUR)
    with one.reach() as reached:
        monkeypatch.setattr(type(reached), "replace", refusing)
        assert codes(one.archive(store=reached)) == ["not-amended"]
    monkeypatch.undo()
    later(monkeypatch, DAY)
    assert codes(one.archive()) == ["amended"]


def refusing(*_):
    raise StoreError("no")


def later(monkeypatch, seconds):
    """The clock of the archiver, by which it asks again."""
    then = time.time() + seconds
    monkeypatch.setattr("voicekit.calls.run.time.time", lambda: then)


def sidecars(one):
    with one.reach() as store:
        restorer = Restorer(store, one.ring)
        return [restorer.sidecar(Receipt.of(each.body)) for each in one.entries() if each.kind == "receipt"]

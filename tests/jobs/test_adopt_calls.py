"""calls adopt: what others have archived is known, found, held, given back and erased like what voicekit archives, and
stays where and what it is; each object is read once.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import time
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from calls.archives import DAY, HOUR, WEEK, Workspace, codes, lay, noise, process, sha, sound, tree
from calls.erasing import erase, find, hold, nowhere, of, plan, reindex, retain, spellings, unhold
from calls.far_ledger import Far

from voicekit.calls import marks, naming, pages
from voicekit.calls.chain import Kind
from voicekit.calls.later import Later
from voicekit.calls.pages import Entry, Page
from voicekit.calls.receipts import Receipt
from voicekit.calls.run import Run
from voicekit.errors import InputError
from voicekit.jobs import check_store, export_calls, share_calls, show_call, verify_calls
from voicekit.outcome import Verdict
from voicekit.stores import Body, read

ANNA, BORIS = "79165550001", "+79165550002"


def name(number, caller=ANNA, extension="wav"):
    return f"2026/11/20/in-74951234567-{caller}-20261120-120000-1795419{number:03}.{number}.{extension}"


def laid(folder, count=3, caller=ANNA):
    """What a copy by others has left there."""
    return [lay(folder, name(number, caller), sound(number), WEEK + number) for number in range(count)]


@pytest.fixture
def others(tmp_path):
    """What others have put in the store."""
    return tmp_path / "nas/recordings"


@pytest.fixture
def one(tmp_path):
    return Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more='country = "RU"')


@pytest.fixture
def court(tmp_path, one):
    """Another machine, with nothing but the store and the key file."""
    return Workspace(tmp_path / "court", tmp_path / "none", one.store, key=one.key, more='country = "RU"')


class Counting:
    """A store that notes what is read of others."""

    def __init__(self, inner):
        self.inner, self.opened, self.asked = inner, [], []

    def __getattr__(self, what):
        return getattr(self.inner, what)

    def open(self, key, *args):
        if key.startswith("recordings/"):
            self.opened.append(key)
        return self.inner.open(key, *args)

    def stat(self, key):
        self.asked.append(key)
        return self.inner.stat(key)


def adopted(one):
    return [Receipt.of(entry.body) for entry in one.entries() if entry.kind is Kind.ADOPT]


def in_pages(one):
    """The recordings that pages speak of, each as often as it is there."""
    with one.reach() as store:
        listed = [Page.parse(read(store, stat.key, pages.LIMIT), stat.key) for stat in store.list(naming.PAGES)]
    return sorted(recording for page in listed for recording in page.entries)


# What becomes of it


def test_it_is_found_and_comes_back_and_lies_where_it_lay(one, court, others, tmp_path):
    laid(others)
    lay(others, name(7, BORIS, "mp3"), b"ID3 no frame", DAY)
    before = tree(others)
    assert codes(one.adopt()) == ["adopted"] * 4
    assert tree(others) == before
    assert not (tmp_path / "nas/calls").exists()
    for where in (one, court):
        assert len(find(where, ANNA)) == 3
        (found,) = find(where, BORIS)
        assert found.data["object"] == f"recordings/{name(7, BORIS, 'mp3')}"
        assert found.data["receipt"]["key"] == ""
    recordings = [receipt.recording for receipt in adopted(one)]
    assert codes(court.restore(recordings, tmp_path / "back")) == ["restored"] * 4
    assert tree(tmp_path / "back") == before
    assert all(
        int(path.stat().st_mtime) == int((others / path.relative_to(tmp_path / "back")).stat().st_mtime)
        for path in (tmp_path / "back").rglob("*.*")
    )
    assert codes(one.verify()) == codes(court.verify()) == ["verified"] * 4
    with one.reach() as store:
        said = list(show_call.apply(one.settings, one.ring, store, recordings[0]))
    assert "receipt" in codes(said)


def test_nothing_that_is_said_names_a_caller(one, others, tmp_path, capsys):
    laid(others)
    lay(others, name(2, extension="WAV"), sound(2))
    said = [*one.adopt(), *one.adopt(), *one.adopt(dry=True)]
    assert "known" in codes(said)
    said += one.verify()
    ledger = b"".join([*tree(one.settings.ledger).values(), *tree(tmp_path / "nas/ledger").values()])
    for needle in spellings(ANNA):
        assert needle not in ledger
        assert needle.decode() not in "".join(outcome.as_json() for outcome in said)
    assert nowhere(one, [ANNA.encode()], tmp_path / "nas/meta") == {ANNA.encode()}  # sealed


def test_it_is_known_under_the_path_that_it_had_in_the_spool(one, others, tmp_path):
    for each in ("20/a.wav", "21/b.wav"):
        lay(others, f"november/{each}", sound(len(each) + ord(each[3])))
    assert codes(one.adopt("recordings/november", spool=f"{one.spool}/2026/11")) == ["adopted"] * 2
    one.restore([receipt.recording for receipt in adopted(one)], tmp_path / "back")
    assert sorted(tree(tmp_path / "back")) == [b"2026/11/20/a.wav", b"2026/11/21/b.wav"]
    assert codes(one.verify()) == ["verified"] * 2


def test_a_pbx_that_is_no_more(one, others):
    laid(others, 1)
    with pytest.raises(InputError, match="spool"):
        one.adopt(pbx="old")
    assert codes(one.adopt(pbx="old", spool="/var/spool/asterisk/monitor")) == ["adopted"]
    (found,) = find(one, ANNA)
    assert (found.data["pbx"], found.data["began"]) == ("old", 1795419000)


def test_voicemail_knows_who_left_it(one, others):
    folder = "voicemail/default/201/INBOX"
    text = b"[message]\norigmailbox=201\ncallerid=Anna <79165550001>\norigtime=1795419000\nduration=4\n"
    lay(others, f"{folder}/msg0000.txt", text)
    lay(others, f"{folder}/msg0000.wav", sound(1))
    lay(others, "voicemail/default/201/unavail.wav", sound(2))
    assert codes(one.adopt()) == ["adopted", "adopted", "other"]
    assert [outcome.data["sidecar"]["message"]["duration"] for outcome in find(one, ANNA)] == ["4", "4"]


# What is left alone


def test_what_is_no_recording_is_counted_and_left(one, others):
    laid(others, 1)
    for odd in ("index.txt", "2026/list.csv", "x.md5", "tmp/half.wav", ".hidden.wav", "2026/no-extension"):
        lay(others, odd, b"anything")
    for empty in ("a.wav", "b.WAV", "c.gsm"):
        lay(others, empty, b"")
    lay(others, "a\nb.wav", sound(5))
    lay(others, b"caf\xe9.wav", sound(6))
    said = one.adopt()
    assert codes(said) == ["adopted", "empty", "odd", "other"]
    counts = {outcome.code: outcome.data.get("objects") for outcome in said}
    assert (counts["empty"], counts["odd"]) == (3, 2)
    assert counts["other"] in (4, 5, 6)  # hidden ones may not be listed at all


NOT_OTHERS = (
    "", "/", "calls/", "calls", "meta/pbx1", "ledger/x/", "notes/", "releases/", "blobs", "channels/", "masters/",
    "gc/", "probe/", "Calls/", "a/../calls", ".voicekit",
)  # fmt: skip


@pytest.mark.parametrize("prefix", NOT_OTHERS)
def test_where_voicekits_own_lies_nothing_is_adopted(one, prefix):
    with pytest.raises(InputError, match="voicekit's own"):
        one.adopt(prefix)


def test_a_prefix_may_be_called_as_what_is_left_alone(one, others):
    laid(others / "tmp/copy", 2)
    assert codes(one.adopt()) == ["other"]
    assert codes(one.adopt("recordings/tmp/copy")) == ["adopted"] * 2


def test_what_is_known_is_not_read_again(one, others):
    lay(one.spool, name(0), sound(0))
    one.archive(free=False)
    laid(others, 1)
    lay(others, "a.wav", sound(0))
    with one.reach() as bare:
        store = Counting(bare)
        for reads in (2, 0):
            store.opened.clear()
            assert codes(one.adopt(store=store)) == ["known"] * 2
            assert len(store.opened) == reads


def test_pages_are_read_once_for_all_that_goes(one, others):
    """And not for each recording."""
    for number in range(300):
        lay(others, name(number), sound(number), DAY)
    one.adopt()
    find(one)
    opened = []

    class Reading(Counting):
        def open(self, key, *args):
            opened.append(key)
            return self.inner.open(key, *args)

    one.reach = lambda: closing(Reading(one.settings.reach()))
    assert codes(erase(one, of(ANNA))).count("erased") == 300
    assert len([key for key in opened if key.startswith("meta/")]) < 60


def test_what_is_there_already_is_told(one, others):
    """Archived before; and two of the same."""
    lay(one.spool, name(0), sound(0))
    one.archive(free=False)
    laid(others, 2)
    lay(others, name(9), sound(1))
    for _ in range(2):
        said = [outcome for outcome in one.adopt() if outcome.code == "known"]
        assert len(said) == 2
        assert all(outcome.verdict is Verdict.KEPT and outcome.data["recording"] for outcome in said)
    assert len(adopted(one)) == 1
    verified = one.verify()
    assert codes(verified) == ["unadopted", "verified", "verified"]
    (told,) = [outcome for outcome in verified if outcome.code == "unadopted"]
    assert told.remedy == "voicekit calls adopt takes what is new, and tells what the rest is"


@pytest.mark.parametrize("how", [erase, retain])
def test_what_was_erased_and_lies_there_again_is_told_aloud(tmp_path, others, how):
    more = '[[calls.retain.rules]]\nkeep = "1d"'
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=more)
    (path,) = laid(others, 1)
    one.adopt()
    erase(one, of(ANNA)) if how is erase else retain(one)
    assert not path.exists()
    lay(others, name(0), sound(0))
    for _ in range(2):
        (said,) = one.adopt()
        assert (said.code, said.verdict) == ("lies-again", Verdict.FAILED)
        assert ("erased" if how is erase else "rule") in said.detail
    assert len(adopted(one)) == 1


def test_what_may_be_written_to_still_waits(one, others):
    lay(others, name(0), sound(0), age=5)
    assert codes(one.adopt()) == ["waiting"]
    lay(others, name(0), sound(0), age=DAY)
    assert codes(one.adopt()) == ["adopted"]


def test_one_that_can_not_be_read_stops_no_other(one, others):
    first, second, _ = laid(others)
    with one.reach() as store:

        class Failing(Counting):
            def open(self, key, *args):
                if key.endswith(first.name):
                    first.unlink()
                if key.endswith(second.name):
                    second.write_bytes(b"longer" * 10_000)
                return self.inner.open(key, *args)

        said = one.adopt(store=Failing(store))
    assert codes(said) == ["adopted", "not-adopted", "not-adopted"]
    assert ANNA not in "".join(outcome.as_json() for outcome in said)


def test_an_object_of_another_size_than_it_had_is_not_adopted_twice(one, others):
    (path,) = laid(others, 1)
    one.adopt()
    path.write_bytes(sound(9, 1.0))
    (said,) = one.adopt()
    assert (said.code, said.verdict) == ("changed", Verdict.FAILED)
    assert len(adopted(one)) == 1


# Once


def test_no_object_is_read_twice(one, court, others):
    laid(others, 20)
    with one.reach() as bare:
        store = Counting(bare)
        one.adopt(store=store)
        assert sorted(store.opened) == [f"recordings/{name(number)}" for number in range(20)]
        store.opened.clear()
        assert codes(one.adopt(store=store)) == ["there"]
        reindex(one)
        assert codes(one.adopt(store=store)) == ["there"]
        assert codes(court.adopt(store=store)) == ["there"]
        assert store.opened == []
        lay(others, name(20), sound(20))
        assert codes(court.adopt(store=store)) == ["adopted", "there"]
        assert store.opened == [f"recordings/{name(20)}"]


def test_pages_have_as_many_as_they_may(one, others):
    for number in range(pages.MOST + 40):
        lay(others, f"{number}.ulaw", b"sound %d" % number)
    assert codes(one.adopt()) == ["adopted"] * (pages.MOST + 40)
    assert len({receipt.page for receipt in adopted(one)}) == 2
    assert codes(one.verify()) == ["verified"] * (pages.MOST + 40)


class Killed(BaseException):
    pass


def killed(*_, **__):
    raise Killed


def dies(monkeypatch, owner, step, act):
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, killed)
        with pytest.raises(Killed):
            act()


@pytest.mark.parametrize(("owner", "step"), [(Run, "write"), (Later, "add"), (Run, "publish")])
def test_who_is_killed_goes_on(one, others, monkeypatch, owner, step):
    laid(others)
    dies(monkeypatch, owner, step, one.adopt)
    assert "adopted" not in codes(one.adopt()) or step == "write"
    assert sorted(receipt.recording for receipt in adopted(one)) == in_pages(one)
    assert len(adopted(one)) == 3
    assert codes(one.verify()) == ["verified"] * 3
    assert not list(one.settings.begun.rglob("*.jsonl"))


def test_who_is_killed_goes_on_though_the_object_was_named_anew_meanwhile(one, others, monkeypatch, tmp_path):
    """What a page has of it says where it lay."""
    (path,) = laid(others, 1)
    dies(monkeypatch, Run, "write", one.adopt)
    path.rename(path.with_name("auto-1795419000-201-202.wav"))
    assert codes(one.adopt()) == ["adopted"]
    assert in_pages(one) == [receipt.recording for receipt in adopted(one)]
    assert codes(one.verify()) == ["verified"]
    assert nowhere(one, [ANNA.encode()], tmp_path / "nas") == set()


def test_what_a_killed_archiver_began_is_adopted_with_its_place(one, others, monkeypatch):
    lay(one.spool, name(0), sound(0))
    dies(monkeypatch, Run, "write", one.archive)
    laid(others, 1)
    assert codes(one.adopt()) == ["adopted"]
    assert "not-verified" not in codes(one.verify())
    assert codes(one.archive(free=False)) == ["known"]


# Calls


def records(tmp_path, *numbers):
    path = tmp_path / "cdr.sqlite"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(
            "create table if not exists cdr (calldate text, clid text, src text, dst text, dcontext text, channel text,"
            "dstchannel text, lastapp text, lastdata text, duration int, billsec int, disposition text, amaflags int,"
            "accountcode text, uniqueid text, userfield text, linkedid text, recordingfile text)"
        )
        for number in numbers:
            uniqueid = f"1795419{number:03}.{number}"
            row = ("2026-11-23 07:30:00", "", ANNA, "600", "", "PJSIP/1", "", "Dial", "", 9, 7, "ANSWERED", 3, "sales")
            base.execute(f"insert into cdr values ({','.join('?' * 18)})", (*row, uniqueid, "", uniqueid, ""))
    return path


@pytest.fixture
def with_records(tmp_path):
    more = f'cdr = "sqlite:///{tmp_path}/cdr.sqlite"\nzone = "UTC"\ncountry = "RU"'
    return Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=more)


def accounts(one):
    told = [outcome.data["sidecar"].get("call") for outcome in find(one, ANNA)]
    return [call["rows"][0]["accountcode"] if call else None for call in told]


def test_what_the_pbx_says_of_the_call_goes_with_it(with_records, others, tmp_path):
    laid(others)
    records(tmp_path, 0, 1, 2)
    assert codes(with_records.adopt()) == ["adopted"] * 3
    assert accounts(with_records) == ["sales"] * 3


def test_where_records_can_not_be_had_it_is_adopted_and_they_are_asked_for_again(
    with_records, others, tmp_path, monkeypatch
):
    laid(others)
    assert codes(with_records.adopt()) == ["adopted"] * 3 + ["no-records"]
    assert accounts(with_records) == [None] * 3
    records(tmp_path, 0, 1, 2)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + HOUR)
    assert codes(with_records.archive()) == ["amended"] * 3
    assert accounts(with_records) == ["sales"] * 3
    assert codes(with_records.verify()) == ["verified"] * 3


# Verify


def test_missing_and_changed_objects_are_found(one, others):
    missing, changed, longer, *_ = laid(others, 5)
    one.adopt()
    missing.unlink()
    changed.write_bytes(changed.read_bytes()[:-1] + b"?")
    longer.write_bytes(longer.read_bytes() + b"?")
    lay(others, "new.wav", sound(20))
    said = one.verify()
    assert codes(said) == ["missing"] + ["not-verified"] * 3 + ["unadopted"] + ["verified"] * 2
    assert ANNA not in "".join(outcome.as_json() for outcome in said)
    with one.reach() as store:
        part = codes(verify_calls.apply(one.settings, one.ring, store, since=0))
    assert part == ["not-verified"] * 3 + ["verified"] * 2


def test_looking_for_what_is_missing_asks_for_lists_and_not_for_each(one, others):
    for number, prefix in enumerate(("recordings/a/", "recordings/b/", "recordings/", "elsewhere/")):
        lay(others.parent, f"{prefix}x.wav", sound(number))
        assert "adopted" in codes(one.adopt(prefix))
    with one.reach() as bare:
        store, listed = Counting(bare), []

        class Listing(Counting):
            def list(self, prefix="", after=""):
                listed.append(prefix)
                return bare.list(prefix, after)

        said = list(verify_calls.apply(one.settings, one.ring, Listing(store)))
    assert codes(said) == ["verified"] * 4
    assert {"recordings/", "elsewhere/"} <= set(listed)
    assert not [prefix for prefix in listed if prefix.startswith("recordings/") and prefix != "recordings/"]
    assert store.asked == []


# Gone


def test_what_is_erased_is_nowhere(one, court, others, tmp_path):
    paths = laid(others)
    lay(others, name(5, BORIS), sound(5))
    contents = [path.read_bytes() for path in paths]
    one.adopt()
    for where in (one, court):
        find(where)
    assert any(f"recordings/{name(0)}" in outcome.detail for outcome in plan(one, of(ANNA)))
    said = erase(one, of(ANNA))
    assert not [outcome for outcome in said if outcome.bad]
    assert codes(said) == ["certificate"] + ["erased"] * 3
    text = next(outcome.data["text"] for outcome in said if outcome.code == "certificate")
    assert text.count(f"it was in: file:{tmp_path}/nas: recordings/...") == 3
    assert not any(needle.decode() in text for needle in spellings(ANNA))
    erase(court)
    needles = [*spellings(ANNA), *(content[60:700] for content in contents)]
    for where in (one, court):
        assert nowhere(where, needles, tmp_path / "nas") == set()
    assert codes(one.verify()) == codes(court.verify()) == ["verified"]
    assert [path.name for path in others.rglob("*.wav")] == [name(5, BORIS).rpartition("/")[2]]


def test_a_folder_with_a_number_is_forgotten_with_the_last_of_it(one, others, tmp_path):
    lay(others, f"{ANNA}/in-74951234567-{ANNA}-20261120-120000-1795419001.1.wav", sound(1))
    lay(others, "other/a.wav", sound(2))
    one.adopt(f"recordings/{ANNA}/")
    one.adopt()
    find(one)
    assert codes(erase(one, of(ANNA))) == ["certificate", "erased"]
    assert nowhere(one, spellings(ANNA), tmp_path / "nas") == set()


@pytest.mark.parametrize("step", ["purge", "replace"])
def test_who_is_killed_while_he_erases_has_not_lost_where_it_lies(one, court, others, tmp_path, step):
    """The sidecar alone says it: so it goes after the object."""
    laid(others)
    one.adopt()
    find(one)

    class Dying(Counting):
        def __getattr__(self, what):
            return killed if what == step else getattr(self.inner, what)

    whole = one.reach
    one.reach = lambda: closing(Dying(one.settings.reach()))
    with pytest.raises(Killed):
        erase(one, of(ANNA))
    one.reach = whole
    assert codes(erase(court)).count("erased") == 3
    assert tree(others) == {}
    assert in_pages(one) == []


def test_a_page_that_is_lost_makes_no_erasure_of_what_lies_there(one, others, tmp_path):
    paths = laid(others)
    one.adopt()
    find(one)
    kept = tree(tmp_path / "nas/meta")
    shutil.rmtree(tmp_path / "nas/meta")
    said = [outcome for outcome in erase(one, of(ANNA)) if outcome.bad]
    assert {outcome.code for outcome in said} == {"not-erased"}
    assert all(path.exists() for path in paths)
    for path, data in kept.items():
        lay(tmp_path / "nas/meta", path, data)
    assert codes(erase(one)).count("erased") == 3
    assert not any(path.exists() for path in paths)


def test_a_twin_of_what_is_erased_is_told_until_it_is_gone(one, others):
    laid(others, 1)
    lay(others, name(9), sound(0))
    one.adopt()
    for selection in (of(ANNA), None):
        said = [outcome for outcome in erase(one, selection) if outcome.bad]
        assert [(outcome.code, outcome.subject) for outcome in said] == [("not-erased", "recordings/")]
    (left,) = others.rglob("*.wav")
    left.unlink()
    assert not [outcome for outcome in erase(one) if outcome.bad]


def test_two_who_adopted_two_objects_of_one_content_lose_both(one, court, others):
    first, second = lay(others, f"a/{name(1)}", sound(1)), lay(others, f"b/{name(1)}", sound(1))
    with one.reach() as store:  # the other one has not heard of it yet
        page = naming.page("pbx1", "z-1")
        one.adopt("recordings/a/")
        receipt = adopted(one)[0]
        far = Far(one.root / "far", store, one.ring, "z-1")
        told = {"object": f"recordings/b/{name(1)}", "prefix": "recordings/b/"}
        far.pages[page] = {receipt.recording: far._entry(receipt.recording, told)}
        far._put(page)
        far.say((Kind.ADOPT, receipt.body | {"page": page}))
    assert codes(erase(one, of(ANNA))).count("erased") == 1
    assert not first.exists()
    assert not second.exists()


def test_two_who_adopt_at_once(one, court, others, tmp_path):
    for number in range(300):
        lay(others, name(number), sound(number), DAY)
    runs = [process(each, "adopt") for each in (one, court)]
    for each in runs:
        each.join()
        assert each.exitcode == 0
    assert codes(one.verify()) == codes(court.verify()) == ["verified"] * 300
    assert codes(one.adopt()) == ["there"]
    assert codes(erase(one, of(ANNA))).count("erased") == 300
    assert tree(others) == {}
    assert in_pages(one) == []
    assert nowhere(one, spellings(ANNA), tmp_path / "nas") == set()


def test_what_one_adopted_and_another_archived_is_gone_from_both_places(one, others, tmp_path):
    laid(others, 1)
    one.adopt()
    (receipt,) = adopted(one)
    with one.reach() as store:
        far = Far(one.root / "far", store, one.ring, "z-1")
        page, key = naming.page("pbx1", "z-1"), naming.call(receipt.recording)
        far.pages[page] = {receipt.recording: far._entry(receipt.recording, {"path": name(0)})}
        far._put(page)
        store.put(key, Body.of(b"sealed"))
        far.say((Kind.RECEIPT, receipt.body | {"page": page, "key": key}))
        assert codes(erase(one, of(ANNA))).count("erased") == 1
        assert store.stat(key) is None
    assert tree(others) == {}


def test_a_rule_deletes_it(tmp_path, others):
    more = 'country = "RU"\n[[calls.retain.rules]]\nkeep = "1d"'
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=more)
    laid(others)
    one.adopt()
    assert codes(retain(one)).count("deleted") == 3
    assert tree(others) == {}
    assert codes(one.verify()) == []


def test_what_is_on_hold_stays(one, others):
    paths = laid(others)
    one.adopt()
    assert codes(hold(one, of(ANNA))) == ["held"] * 3 + ["voicekit-only"]
    assert codes(erase(one, of(ANNA))) == ["on-hold"] * 3
    assert all(path.exists() for path in paths)
    assert codes(unhold(one)) == ["unheld"] * 3
    assert codes(erase(one, of(ANNA))).count("erased") == 3


def test_what_is_adopted_may_leave_the_spool(one, others):
    lay(one.spool, name(0), sound(0), 2 * WEEK)
    laid(others, 1)
    one.adopt()
    assert codes(one.archive()) == ["freed", "known"]
    assert tree(one.spool) == {}


def test_what_is_adopted_and_was_lost_stays_in_the_spool(one, others):
    lay(one.spool, name(0), sound(0), 2 * WEEK)
    (path,) = laid(others, 1)
    one.adopt()
    path.unlink()
    assert codes(one.archive()) == ["known", "lost"]
    assert len(tree(one.spool)) == 1


# Whom to believe


def forged(one, tmp_path, key, *, secret=b"guessed", page=None, body=None):
    """An ADOPT by who may write to the store, and has no key: it means this object."""
    with one.reach() as store:
        original = sha(sound(5))
        recording = naming.recording(original, one.ring.naming if one.ring else b"")
        page = page or "meta/pbx1/evil-1-0123456789abcdef"
        sidecar = json.dumps({"object": key, "prefix": "recordings/", "path": "x.wav"}).encode()
        store.put(page, Body.of(Page("evil-1", {recording: Entry(recording, "", b"", sidecar)}).dumped()))
        told = Receipt(recording, original, 9, "keep", "", original, 9, "read-back", "", page).body | (body or {})
        far = Far(tmp_path / "evil", store, one.ring, "evil-1")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(marks, "marked", lambda _, facts, real=marks.marked: real(secret, facts))
            far.say((Kind.ADOPT, told))
    return recording


def test_who_has_no_key_can_have_nothing_deleted_by_it(one, others, tmp_path):
    (path,) = laid(others, 1)
    recording = forged(one, tmp_path, f"recordings/{name(0)}")
    assert codes(find(one)) == []
    with pytest.raises(InputError, match="no recording"):
        erase(one, of("", recording))
    assert path.exists()
    lay(one.spool, name(5), sound(5), 2 * WEEK)
    assert codes(one.archive()) == ["archived", "freed"]  # nor have it thought of as archived


def test_a_receipt_of_no_key_and_an_adoption_with_one_are_nobodys(one, others, tmp_path):
    laid(others, 1)
    recording = forged(one, tmp_path, f"recordings/{name(0)}", secret=one.ring.naming, body={"key": "recordings/x"})
    assert codes(find(one)) == []
    with one.reach() as store:
        far = Far(tmp_path / "far", store, one.ring, "far-1")
        body = Receipt(recording, sha(sound(5)), 9, "keep", "", sha(sound(5)), 9, "read-back", "", "meta/pbx1/x").body
        far.say((Kind.RECEIPT, body))
    assert codes(find(one)) == []


@pytest.mark.parametrize("key", ["calls/aa/x", "meta/pbx1/x", "ledger/a/1", "Calls/aa/x", "../x", "", None, 7])
def test_no_sidecar_leads_to_what_is_voicekits(tmp_path, key):
    """Without encryption anybody can write one."""
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", sealed=False)
    lay(one.spool, name(1), sound(1))
    one.archive(free=False)
    before = tree(tmp_path / "nas/calls")
    recording = forged(one, tmp_path, key, secret=b"")
    assert codes(find(one)) == ["found", "found"]
    assert "not-verified" in codes(one.verify())
    assert "not-restored" in codes(one.restore([recording], tmp_path / "back"))
    assert [outcome.code for outcome in erase(one, of("", recording)) if outcome.bad] == ["not-erased"]
    assert tree(tmp_path / "nas/calls") == before


def test_the_marks_field_is_no_part_of_a_receipt(one, others):
    laid(others, 1)
    one.adopt()
    (entry,) = [entry for entry in one.entries() if entry.kind is Kind.ADOPT]
    assert marks.genuine(one.ring.naming, entry.kind, entry.body)
    assert not marks.genuine(b"other", entry.kind, entry.body)


# Other stores


def test_over_sftp(nas, remote_folder, tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"sftp://nas{remote_folder}", more='country = "RU"')
    paths = laid(remote_folder / "recordings", caller=BORIS)
    assert codes(one.adopt()) == ["adopted"] * 3
    assert codes(one.adopt()) == ["there"]
    assert codes(one.verify()) == ["verified"] * 3
    assert codes(erase(one, of(BORIS))).count("erased") == 3
    assert not any(path.exists() for path in paths)


def test_on_the_command_line(one, others, run):
    laid(others, 2)
    assert run("calls", "adopt", "calls/", "-C", one.root).code == 4
    assert run("calls", "adopt", "recordings", "--spool", "/elsewhere", "-C", one.root).code == 4
    told = run("calls", "adopt", "recordings", "--dry-run", "--json", "-C", one.root)
    assert (told.code, [line["code"] for line in told.outcomes]) == (0, ["would-adopt"])
    told = run("calls", "adopt", "recordings", "--json", "-C", one.root)
    assert (told.code, [line["code"] for line in told.outcomes]) == (0, ["adopted", "adopted", "summary"])
    lay(others, "a\nb.wav", sound(5))
    assert run("calls", "adopt", "recordings", "-C", one.root).code == 3


def test_a_case_says_what_is_not_proved(one, others, tmp_path):
    laid(others, 1)
    one.adopt()
    with one.reach() as store:
        recordings = [receipt.recording for receipt in adopted(one)]
        said = export_calls.apply(one.settings, one.ring, store, recordings, tmp_path / "case.zip", "a court")
        assert codes(said) == ["exported", "written"]
    with zipfile.ZipFile(tmp_path / "case.zip") as case:
        assert case.read(f"{recordings[0]}/{name(0).rpartition('/')[2]}") == sound(0)
        for language, words in (("en", "before that day is\n  not proved"), ("ru", "не доказано.\n  listen.wav")):
            text = case.read(f"statement.{language}.txt").decode()
            assert words in text
            assert "SHA256SUMS" in text


@pytest.fixture(params=["moto", "rgw"])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def versioned(server):
    with server.bucket(ObjectLockEnabledForBucket=True) as bucket:
        yield bucket


def in_bucket(server, bucket, tmp_path):
    return Workspace(tmp_path / "one", tmp_path / "spool", server.address(bucket, "p"), more='country = "RU"')


@pytest.mark.skipif(not shutil.which("rclone"), reason="apt-get install rclone")
def test_what_rclone_has_put(server, versioned, tmp_path):
    """With the times that it noted, also twice under one name."""
    source, client = tmp_path / "source", server.client()
    laid(source, caller=BORIS)
    lay(source, "2026/11/20/два слова (1).wav", sound(9), DAY)
    for _ in range(2):
        rclone(server, source, f"{versioned}/p/recordings")
        for path in source.rglob("*.wav"):
            os.utime(path, (path.stat().st_mtime - HOUR,) * 2)
        rclone(server, source, f"{versioned}/p/recordings", "--ignore-times")
    before = listed(client, versioned)
    one = in_bucket(server, versioned, tmp_path)
    assert codes(one.adopt()) == ["adopted"] * 4
    assert codes(one.adopt()) == ["there"]
    assert listed(client, versioned) == before
    recordings = [receipt.recording for receipt in adopted(one)]
    assert codes(one.restore(recordings, tmp_path / "back")) == ["restored"] * 4
    assert tree(tmp_path / "back") == tree(source)
    expected = {path.name: int(path.stat().st_mtime) for path in source.rglob("*.wav")}
    assert {path.name: int(path.stat().st_mtime) for path in (tmp_path / "back").rglob("*.wav")} == expected
    assert codes(one.verify()) == ["verified"] * 4
    shared = list(share(one, recordings[:1]))
    assert codes(shared) == ["shared"]
    assert len(before) >= 8
    assert codes(erase(one, of(BORIS))).count("erased") == 3
    assert {key for key, _ in listed(client, versioned)} == {"p/recordings/2026/11/20/два слова (1).wav"}


def rclone(server, source, target, *options):
    told = {"RCLONE_S3_PROVIDER": "Ceph", "RCLONE_S3_ENDPOINT": server.endpoint, "RCLONE_S3_ENV_AUTH": "true"}
    subprocess.run(
        ["rclone", "copy", *options, str(source), f":s3:{target}"],
        env=dict(os.environ) | server.environment | told | {"RCLONE_CONFIG": "/dev/null"},
        check=True,
        capture_output=True,
    )


def listed(client, bucket):
    pages_ = client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix="p/recordings/")
    return [(one["Key"], one["VersionId"]) for page in pages_ for one in page.get("Versions", ())]


def share(one, recordings):
    with one.reach() as store:
        return list(share_calls.apply(one.settings, one.ring, store, recordings, HOUR, "a dispute"))


def test_a_hold_is_the_stores_too(rgw, tmp_path):
    with rgw.bucket(ObjectLockEnabledForBucket=True) as bucket:
        one, client = in_bucket(rgw, bucket, tmp_path), rgw.client()
        list(check_store.apply(one.store, one.root, one.settings.verdicts, "2026-11-30"))
        for number in range(2):
            client.put_object(Bucket=bucket, Key=f"p/recordings/{name(number)}", Body=sound(number))
        assert codes(one.adopt()) == ["adopted"] * 2

        def locked():
            heads = [client.head_object(Bucket=bucket, Key=key) for key, _ in listed(client, bucket)]
            return [head.get("ObjectLockLegalHoldStatus") == "ON" for head in heads]

        hold(one, of(ANNA))
        assert locked() == [True] * 2
        assert codes(erase(one, of(ANNA))) == ["on-hold"] * 2
        unhold(one)
        assert locked() == [False] * 2
        until = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(days=1)}
        for key, version in listed(client, bucket):
            client.put_object_retention(Bucket=bucket, Key=key, VersionId=version, Retention=until)
        said = [outcome for outcome in erase(one, of(ANNA)) if outcome.bad]
        assert {outcome.code for outcome in said} == {"not-erased"}
        assert "a lock forbids" in said[0].detail
        assert ANNA not in "".join(outcome.as_json() for outcome in said)
        assert len(in_pages(one)) == 2
        for key, version in listed(client, bucket):
            client.delete_object(Bucket=bucket, Key=key, VersionId=version, BypassGovernanceRetention=True)
        assert codes(erase(one)).count("erased") == 2
        assert in_pages(one) == []


# What others do with their objects meanwhile


@pytest.mark.parametrize("more", [0, 100])
def test_what_was_put_in_its_place_is_not_erased_or_locked(one, others, more):
    """It may be the only copy of another call."""
    (path,) = laid(others, 1)
    one.adopt()
    other = noise(77, path.stat().st_size + more)
    path.write_bytes(other)
    assert "not-locked" in codes(hold(one, of(ANNA)))
    unhold(one)
    for _ in range(2):
        (failed,) = [outcome for outcome in erase(one, of(ANNA)) if outcome.bad]
        assert failed.code == "not-erased"
        assert path.read_bytes() == other
    path.write_bytes(sound(0))
    assert codes(erase(one)).count("erased") == 1
    assert not path.exists()


def test_an_erasure_says_that_the_object_was_elsewhere(one, others, tmp_path):
    (path,) = laid(others, 1)
    one.adopt()
    path.rename(tmp_path / "moved.wav")
    said = erase(one, of(ANNA))
    (erased,) = [outcome for outcome in said if outcome.code == "erased"]
    assert "who moved it may have it still" in erased.detail
    (certificate,) = [outcome.data["text"] for outcome in said if outcome.code == "certificate"]
    assert "no longer where it was adopted" in certificate
    assert "уже не было там" in certificate


def test_what_is_adopted_and_was_replaced_stays_in_the_spool(one, others):
    lay(one.spool, name(0), sound(0), 2 * WEEK)
    (path,) = laid(others, 1)
    one.adopt()
    path.write_bytes(noise(3, path.stat().st_size))
    assert codes(one.archive()) == ["known", "lost"]
    assert len(tree(one.spool)) == 1

"""calls retain: the first rule that fits decides, a hold wins, and nothing goes without being told to."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from calls.archives import HOUR, Workspace, codes, lay, sound
from calls.erasing import NEVER, erase, find, hold, nowhere, of, retain, unhold

from voicekit.calls import due, wiping
from voicekit.calls.chain import Kind
from voicekit.calls.index import writer
from voicekit.calls.pages import Page
from voicekit.calls.retention import Rule
from voicekit.errors import InputError
from voicekit.jobs import retain_calls
from voicekit.stores import read

RULES = """country = "RU"
[[calls.retain.rules]]
queue = "700"
keep = "forever"
[[calls.retain.rules]]
direction = "in"
keep = "365d"
[[calls.retain.rules]]
number = "8 (916) 555-00-09"
keep = "1d"
"""
YEAR = 365 * 86_400
BEGAN = 1_763_640_001  # of the first, as its uniqueid says


def workspace(tmp_path, rules=RULES):
    made = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=rules)
    names = (
        "in-74951234567-79165550001-20251120-120000-1763640001.1.wav",
        "q-700-79165550002-20251120-120000-1763640002.2.wav",
        "out-79165550003-201-20251120-120000-1763640003.3.wav",
        "out-79165550009-201-20251120-120000-1763640004.4.wav",
    )
    for number, name in enumerate(names):
        lay(made.spool, f"2025/11/20/{name}", sound(number), HOUR)
    made.archive()
    return made


def stored(one):
    with one.reach() as store:
        keys = [each for stat in store.list("meta/") for each in Page.parse(read(store, stat.key, 1 << 20), "").entries]
        return len(list(store.list("calls/"))), len(keys)


def test_without_apply_nothing_goes(tmp_path):
    one = workspace(tmp_path)
    said = retain(one, apply=False)
    assert codes(said).count("would-delete") == 2
    assert {outcome.data["rule"] for outcome in said if outcome.code == "would-delete"} == {2, 3}
    assert stored(one) == (4, 4)
    assert not [entry for entry in one.entries() if entry.kind is Kind.DELETE]


def test_a_dry_run_is_what_is_done_without_apply(tmp_path, run):
    one = workspace(tmp_path)
    plain, dry = (run("calls", "retain", *more, "-C", one.root) for more in ((), ("--dry-run",)))
    assert (plain.code, plain.out) == (dry.code, dry.out)
    both = run("calls", "retain", "--dry-run", "--apply", "-C", one.root)
    assert both.code == 2
    assert "not both" in both.err
    assert stored(one) == (4, 4)


def test_the_first_rule_that_fits_decides(tmp_path):
    one = workspace(tmp_path)
    said = retain(one)
    assert codes(said).count("deleted") == 2
    assert stored(one) == (2, 2)
    assert {entry.body["rule"] for entry in one.entries() if entry.kind is Kind.DELETE} == {2, 3}
    assert codes(one.verify()) == ["verified"] * 2
    assert len(find(one)) == 2
    assert not find(one, "79165550001")
    assert find(one, "79165550002")
    assert [outcome.data["recordings"] for outcome in said if outcome.code == "rule"] == [1, 1]
    assert "deleted" not in codes(retain(one))


def would_go(one, now):
    return {outcome.data["rule"] for outcome in retain(one, now, apply=False) if outcome.code == "would-delete"}


def test_an_age_is_reached_to_the_second(tmp_path):
    one = workspace(tmp_path)
    assert would_go(one, BEGAN + YEAR - 1) == {3}
    assert would_go(one, BEGAN + YEAR) == {2, 3}


def test_a_hold_wins_and_it_says_so(tmp_path):
    one = workspace(tmp_path)
    hold(one, of("79165550001"))
    said = retain(one)
    held = next(outcome for outcome in said if outcome.code == "on-hold")
    assert not held.bad
    assert "the hold wins" in held.remedy
    assert stored(one) == (3, 3)
    unhold(one)
    assert codes(retain(one)).count("deleted") == 1
    assert stored(one) == (2, 2)


def test_a_rule_leaves_the_spool_to_keep_local(tmp_path):
    one = workspace(tmp_path)
    retain(one)
    assert codes(one.archive(free=False)) == []
    assert codes(erase(one)) == ["none"]
    assert len([*one.spool.rglob("*.wav")]) == 4


def test_a_recording_of_which_nothing_is_known_is_kept(tmp_path):
    one = workspace(tmp_path)
    with one.reach() as store:
        page = next(store.list("meta/")).key
        held = read(store, page, 1 << 20)
        store.purge(page)
    assert codes(retain(one)).count("deleted") == 0
    assert held


def test_without_rules_it_says_what_to_write(tmp_path):
    one = workspace(tmp_path, 'country = "RU"')
    for apply in (True, False):
        with pytest.raises(InputError, match=r"retain\.rules"):
            retain(one, NEVER, apply=apply)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('keep = "1y"', 'keep is a number of days as "365d"'),
        ('keep = "0d"', "keep is a number of days"),
        ("keep = 5", "keep is a number of days"),
        ('queue = "700"', "keep is a number of days"),
        ('keep = "1d"\ndirection = "up"', "direction is in, out or internal"),
        ('keep = "1d"\nolder_than = "1d"', "older_than"),
        ('keep = "1d"\nnumber = "abc"', "no number"),
        ('keep = "1d"\nqueue = 700', "queue"),
    ],
)
def test_a_rule_that_is_none_is_told(tmp_path, rule, said):
    with pytest.raises(InputError, match=re.escape(said)):
        Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=f"[[calls.retain.rules]]\n{rule}")


def test_what_a_rule_deletes_is_out_of_the_file_of_the_index_with_the_next_erasure(tmp_path, monkeypatch):
    """To write it anew takes a minute and a half, where there are ten million."""
    one = workspace(tmp_path)
    find(one)
    wiped = []
    monkeypatch.setattr(writer, "wiping", SimpleNamespace(wipe=lambda opened: wiped.append(1) or wiping.wipe(opened)))
    retain(one)
    find(one)
    assert not wiped
    erase(one)
    assert wiped
    assert nowhere(one, [b"9165550009"[::-1]]) == set()


def test_what_stays_by_another_rule_or_a_hold_starves_nothing_and_one_run_has_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(due, "MOST", 1, raising=False)
    monkeypatch.setattr(retain_calls, "MOST", 2)
    one = workspace(tmp_path, 'country = "RU"\n[[calls.retain.rules]]\nqueue = "700"\nkeep = "forever"\n')
    names = [f"in-74951234567-7916555001{each}-20251120-120000-176364001{each}.1.wav" for each in range(4)]
    for number, name in enumerate(names):
        lay(one.spool, f"2025/11/20/{name}", sound(10 + number), HOUR)
    lay(one.spool, "2025/11/21/q-700-79165550002-20251121-120000-1763726402.2.wav", sound(20), HOUR)
    one.archive()
    one.settings = replace(one.settings, retain=(*one.settings.retain, Rule(86_400, "in")))
    hold(one, of("79165550013"))
    hold(one, of("79165550001"))
    for planned, done in ((retain(one, apply=False), retain(one)), (retain(one, apply=False), retain(one))):
        assert codes(planned).count("would-delete") == codes(done).count("deleted") > 0
        assert codes(planned).count("more") == codes(done).count("more")
        told = [codes(done).count(code) for code in ("deleted", "more")]
        assert told in ([2, 1], [1, 0])
    assert len(find(one)) == 6

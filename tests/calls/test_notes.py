"""What was said of recordings: sealed, deletable, and nothing of it in the ledger."""

import json

import pytest
from calls.archives import Workspace, store

from voicekit.calls import keys, notes
from voicekit.calls.chain import Kind
from voicekit.calls.notes import Note
from voicekit.errors import InputError, VerificationError
from voicekit.stores import Body

WORDS = Note("asked for by Anna Petrova, +7 916 123-45-67", "Petrova v. Acme")


@pytest.fixture(params=["sealed", "plain"])
def one(request, tmp_path):
    return Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", sealed=request.param == "sealed")


def test_a_note_comes_back(one, tmp_path):
    nas = store(tmp_path / "nas")
    key = notes.put(nas, one.ring, "pbx-1", WORDS)
    assert notes.get(nas, one.ring, key) == WORDS
    assert (b"Petrova" in (tmp_path / "nas" / key).read_bytes()) is False  # base64, where it is not sealed
    nas.delete(key)
    assert notes.get(nas, one.ring, key) is None


def test_a_sealed_note_is_opened_by_its_key_and_under_its_name_only(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    other = Workspace(tmp_path / "other", tmp_path / "spool", f"file:{tmp_path}/nas")
    nas = store(tmp_path / "nas")
    first, second = (notes.put(nas, one.ring, "pbx-1", WORDS) for _ in range(2))
    for ring, about in ((None, "is sealed"), (other.ring, "no master key")):
        with pytest.raises(VerificationError, match=about):
            notes.get(nas, ring, first)
    nas.put(second, Body.of((tmp_path / "nas" / first).read_bytes()))
    with pytest.raises(VerificationError, match="can't be opened"):
        notes.get(nas, one.ring, second)
    keys.rotate(one.key)
    assert notes.get(nas, keys.load(one.key), first) == WORDS


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"note": 2}', b'{"note": 1, "key": 5}', b"\xff"])
def test_what_is_no_note_is_told(tmp_path, data):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    nas = store(tmp_path / "nas")
    key = notes.put(nas, one.ring, "pbx-1", WORDS)
    nas.put(key, Body.of(data))
    with pytest.raises(VerificationError, match="no note"):
        notes.get(nas, one.ring, key)


@pytest.mark.parametrize("key", ["calls/00/x", "notes/pbx-1/../../x", "notes/pbx-1/0", ""])
def test_the_key_in_a_ledger_leads_to_notes_only(tmp_path, key):
    (tmp_path / "nas").mkdir()
    with pytest.raises(VerificationError, match="no note"):
        notes.get(store(tmp_path / "nas"), None, key)


def test_entries_name_who_and_the_note_and_nothing_else(monkeypatch):
    monkeypatch.setenv("SUDO_USER", "ann")
    made = list(notes.facts(Kind.ACCESS, ["a", "b"], "notes/w/1", what="play"))
    assert made == [
        (Kind.ACCESS, {"recording": each, "actor": "ann", "note": "notes/w/1", "what": "play"}) for each in ("a", "b")
    ]
    assert list(notes.facts(Kind.DELETE, ["a"], rule=1)) == [
        (Kind.DELETE, {"recording": "a", "actor": "ann", "rule": 1})
    ]
    json.dumps(made)


def test_an_actor_is_somebody(monkeypatch):
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert notes.actor()
    monkeypatch.setattr(notes.getpass, "getuser", lambda: (_ for _ in ()).throw(KeyError("uid")))
    assert notes.actor().startswith("uid ")


@pytest.mark.parametrize("note", [Note(""), Note("  "), Note("x" * 2001), Note("x", "c" * 2001)])
def test_a_note_says_something_and_not_too_much(note):
    with pytest.raises(InputError):
        notes.checked(note)

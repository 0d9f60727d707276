"""The files of records (lock, manifest, approvals): what is written is read back, sorted, or refused by line."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import approvals, lock, manifest
from voicekit.approvals import Answer, Approval, Approvals
from voicekit.errors import InputError
from voicekit.formats import TABLE
from voicekit.lock import Entry, Lock, Parts, digest
from voicekit.manifest import Built, File

FIXED = settings(derandomize=True, deadline=None, max_examples=40)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.floats(-100, 100)
PARTS = st.builds(Parts, TEXT, TEXT, TEXT, TEXT, TEXT)
ENTRY = st.builds(Entry, TEXT, TEXT, TEXT, PARTS, TEXT, st.dictionaries(TEXT, TEXT), NUMBER, st.none() | NUMBER)
ID = st.from_regex(r"[a-z][a-z0-9-]{0,9}(/[a-z]{1,5})?", fullmatch=True)


def _built(language, name, sound, master, formats):
    paths = {row: manifest.path_of((language, name), TABLE[row]) for row in formats}
    return Built(language, name, sound, master, {row: File(path, 7, "ab") for row, path in paths.items()})


BUILT = st.builds(_built, st.sampled_from(["ru", "en_GB"]), ID, TEXT, TEXT, st.sets(st.sampled_from(["ulaw", "sln16"])))
FEW = st.sampled_from("ab")  # so that one sound gets several answers
APPROVAL = st.builds(Approval, FEW, FEW, FEW, TEXT, st.sampled_from(Answer), TEXT, TEXT, TEXT)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("records") / "file"


def saved(records, path):
    records.save(path, staging=path.parent)
    return path.read_bytes()


def by_key(records):
    return list({record.key: record for record in records}.values())


@FIXED
@given(st.lists(ENTRY, max_size=4).map(by_key))
def test_a_lock_is_read_back_and_knows_no_order(path, entries):
    data = saved(Lock(entries), path)
    assert Lock.load(path).entries == {entry.key: entry for entry in entries}
    assert saved(Lock(reversed(entries)), path) == data
    keys = [(record["language"], record["id"]) for record in map(json.loads, data.split(b"\n")[1:-1])]
    assert keys == sorted(keys)


@FIXED
@given(st.lists(BUILT, max_size=4).map(by_key))
def test_a_manifest_is_read_back_and_knows_no_order(path, built):
    manifest.save(path, built, staging=path.parent)
    data = path.read_bytes()
    assert manifest.load(path) == {line.key: line for line in built}
    manifest.save(path, reversed(built), staging=path.parent)
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("key", "file"),
    [
        (("en", "a"), "/etc/passwd"),
        (("en", "a"), "../../masters/x.flac"),
        (("en", "a"), "en/b.ulaw"),
        (("..", "a"), "../a.ulaw"),
        (("en", "../../a"), "en/../../a.ulaw"),
    ],
)
def test_a_file_elsewhere_is_none_of_the_manifests_own(key, file):
    """What it names may be removed: it may come from a stranger, or be damaged."""
    line = Built(*key, "s", "m", {"ulaw": File(file, 1, "")})
    assert manifest.own(line, ["ulaw"]) == []
    good = Built("en", "a", "s", "m", {"ulaw": File("en/a.ulaw", 1, "")})
    assert manifest.own(good, ["ulaw"]) == [good.files["ulaw"]]


@FIXED
@given(st.lists(APPROVAL, max_size=5))
def test_approvals_keep_their_order_and_the_last_one_counts(path, answers):
    saved(Approvals(answers), path)
    found = Approvals.load(path)
    assert found.answers == answers
    for answer in answers:
        of_this = [a for a in answers if (a.key, a.sound) == (answer.key, answer.sound)]
        assert found.of(answer.key, answer.sound) == of_this[-1]
        yes = [a for a in answers if a.key == answer.key and a.answer.good]
        assert found.last_approved(answer.key) == (yes[-1] if yes else None)


def entry(id_="x"):
    return Entry("en", id_, "0" * 64, Parts("a", "b", "c", "d", "e"), "Words.", {"kind": "engine"}, 1.0, None)


READERS = {lock.KIND: Lock.load, manifest.KIND: manifest.load, approvals.KIND: Approvals.load}


@pytest.mark.parametrize("kind", READERS)
def test_another_version_or_file_is_refused(tmp_path, kind):
    path = tmp_path / "file"
    path.write_text(f'{{"{kind}":2}}\n')
    with pytest.raises(InputError, match=r"version 2 is not known to this voicekit \(it knows 1\); update it"):
        READERS[kind](path)
    for text in ('{"other":1}\n', "", "[]\n", "<<<<<<< HEAD\n"):
        path.write_text(text)
        with pytest.raises(InputError, match=f"{path}:1: does not begin with"):
            READERS[kind](path)
    path.unlink()
    assert not getattr(READERS[kind](path), "entries", None)


@pytest.mark.parametrize("damage", ["<<<<<<< HEAD", "=======", '{"language":"en"}', "{", "[]", ""])
@pytest.mark.parametrize("number", [2, 3])
def test_a_merge_conflict_has_a_line(tmp_path, damage, number):
    path = tmp_path / "voicekit.lock"
    lines = saved(Lock([entry("a"), entry("b")]), path).decode().splitlines()
    lines.insert(number - 1, damage)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match=f"voicekit.lock:{number}: .* after a merge keep one whole line of each side"):
        Lock.load(path)


def test_a_line_of_another_branch_can_be_put_in_by_hand(tmp_path):
    path = tmp_path / "voicekit.lock"
    lines = saved(Lock([entry("a"), entry("b")]), path).splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[2], lines[1]]))
    assert set(Lock.load(path).entries) == {("en", "a"), ("en", "b")}


@pytest.mark.parametrize("name", Parts._fields)
def test_what_enters_which_hash(name):
    parts = entry().parts
    other = parts._replace(**{name: "x"})
    assert parts.differing(other) == (name,)
    assert parts.sound != other.sound
    assert (parts.speech == other.speech) == (name == "finish")


WORDS = st.lists(TEXT.filter(lambda text: text and "\0" not in text), max_size=3)


@FIXED
@given(WORDS, WORDS)
def test_a_digest_tells_lists_of_words_apart(one, other):
    assert (digest(*one) == digest(*other)) == (one == other)

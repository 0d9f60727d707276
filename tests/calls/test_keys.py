"""The master key: kept by one, confirmed on paper, never repeated."""

import json
import re
import stat
from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import fs
from voicekit.calls import keys, recovery, seal
from voicekit.errors import InputError, StoreError, VerificationError

UUID = "ab87272e-7dc2-8f72-9b83-e4d2d5c6fec5"
OTHER = UUID[::-1]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "master.key"


def test_a_new_key_is_its_owners_alone(path):
    ring = keys.init(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.load(path) == ring
    assert not ring.confirmed
    assert re.fullmatch("[0-9a-f]{16}", ring.id)
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]


def test_a_key_file_is_never_replaced(path):
    ring = keys.init(path)
    with pytest.raises(InputError, match="already"):
        keys.init(path)
    assert keys.load(path) == ring


def test_a_key_is_on_the_disk_before_it_has_its_name(path, monkeypatch):
    monkeypatch.setattr(fs.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    with pytest.raises(OSError, match="Input/output"):
        keys.init(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o610])
def test_a_key_that_others_can_read_is_refused(path, mode):
    keys.init(path)
    path.chmod(mode)
    with pytest.raises(InputError, match="chmod 600"):
        keys.load(path)


def test_what_is_no_key_file_is_not_taken_for_one_that_others_can_read(path):
    path.write_text("a,b\n")
    path.chmod(0o644)
    with pytest.raises(InputError, match="not a key file, damaged"):
        keys.load(path)
    with pytest.raises(InputError, match="a folder or the like; name the key file in"):
        keys.load(path.parent)


def test_a_key_that_this_user_may_not_read_is_not_lost(path, monkeypatch):
    """Whether the file itself is refused, or the folder that it is in."""
    keys.init(path)
    for what in ("stat", "open"):
        with monkeypatch.context() as context:
            context.setattr(type(path), what, lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "denied")))
            with pytest.raises(StoreError, match=r"master\.key: denied; run this as the user to whom it belongs"):
                keys.load(path)


def test_a_missing_key_says_how_to_come_by_it(path):
    with pytest.raises(InputError, match="calls key restore"):
        keys.load(path)


def test_every_flipped_bit_of_the_file_is_found_or_changes_nothing(path):
    """A key with one wrong bit would seal what no paper can open."""
    ring = keys.init(path)
    data, said = path.read_bytes(), []
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        try:
            assert keys.load(path) == ring
        except InputError as error:
            said.append(str(error))
    assert b64encode(ring.secrets[0]).decode()[:8] not in "".join(said)
    assert len(said) > 4 * len(data)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told | {keys.KIND: 2},
        lambda told: told | {"keys": []},
        lambda told: told | {"confirmed": "no"},
        lambda told: told | {"keys": told["keys"] * 2},
        lambda told: told | {"naming": ""},
        lambda told: [told],
    ],
)
def test_what_is_no_key_file_is_refused(path, change):
    keys.init(path)
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(InputError, match="not a key file"):
        keys.load(path)


def test_a_short_key_is_refused(path):
    keys.init(path)
    path.write_bytes(keys._dumped(keys.Keyring((b"short",), b"n" * 16, confirmed=True)))
    with pytest.raises(InputError, match="not a key file"):
        keys.load(path)


def test_the_paper_confirms_and_recovers(path, tmp_path):
    ring = keys.init(path)
    paper = keys.backup(ring)
    assert keys.confirm(path, paper) == (replace(ring, confirmed=True), ring.id)
    assert keys.load(path) == replace(ring, confirmed=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = keys.restore(tmp_path / "again.key", paper)
    assert again == keys.load(path)


def test_the_paper_of_another_key_confirms_nothing(path, tmp_path):
    keys.init(path)
    other = keys.backup(keys.init(tmp_path / "other.key"))
    with pytest.raises(InputError, match="of another key"):
        keys.confirm(path, other)
    assert not keys.load(path).confirmed


def test_rotation_keeps_what_was_and_waits_for_new_paper(path, tmp_path):
    old = keys.init(path)
    papers = [keys.backup(old)]
    keys.confirm(path, papers[0])
    wrapped = old.wrap(b"k" * 32, UUID)
    new = keys.rotate(path)
    papers.append(keys.backup(new))
    assert new.id != old.id
    assert (new.confirmed, new.naming) == (False, old.naming)
    assert new.unwrap(old.id, wrapped, UUID) == b"k" * 32
    moved = new.wrap(b"k" * 32, UUID)
    assert keys.backup(new, old.id) == papers[0]
    assert keys.confirm(path, papers[0]) == (new, old.id)
    recovered = keys.restore(tmp_path / "again.key", papers[1])
    assert recovered.unwrap(new.id, moved, UUID) == b"k" * 32
    with pytest.raises(VerificationError, match=f"no master key {old.id}; voicekit calls key restore"):
        recovered.unwrap(old.id, wrapped, UUID)
    whole = keys.restore(tmp_path / "again.key", papers[0])
    assert whole == replace(new, confirmed=True)
    assert whole.unwrap(old.id, wrapped, UUID) == b"k" * 32
    assert [keys.restore(tmp_path / "again.key", paper) for paper in papers] == [whole, whole]


def test_a_key_of_another_archive_is_not_added(path, tmp_path):
    keys.init(path)
    with pytest.raises(InputError, match="another archive"):
        keys.restore(path, keys.backup(keys.init(tmp_path / "other.key")))


def test_another_machine_takes_the_key_that_was_made_after_its_own(path, tmp_path):
    """As the newest or, which changes nothing in what it seals with, as an older one; and it is said once."""
    old = keys.init(path)
    there = tmp_path / "there.key"
    assert not old.confirmed
    assert keys.restore(there, keys.backup(old)).confirmed
    new = keys.rotate(path)
    assert keys.restore(there, keys.backup(new)).id == old.id
    assert keys.restore(there, keys.backup(new), newest=True) == replace(new, confirmed=True)
    assert keys.restore(there, keys.backup(old)).id == new.id
    assert stat.S_IMODE(there.stat().st_mode) == 0o600


def test_typing_in_the_newest_confirms_it(path):
    paper = keys.backup(keys.init(path))
    keys.rotate(path)
    assert not keys.restore(path, paper).confirmed
    assert keys.restore(path, keys.backup(keys.load(path))).confirmed


def test_a_wrapped_key_is_of_one_recording(path):
    ring = keys.init(path)
    wrapped = ring.wrap(b"k" * 32, UUID)
    assert ring.unwrap(ring.id, wrapped, UUID) == b"k" * 32
    with pytest.raises(VerificationError):
        ring.unwrap(ring.id, wrapped, OTHER)
    with pytest.raises(VerificationError):
        ring.unwrap("", wrapped, UUID)


def test_nothing_shows_a_secret(path):
    ring = keys.init(path)
    told = repr(ring) + str(ring) + f"{ring.wrap(b'k' * 32, UUID)}"
    for secret in (*ring.secrets, ring.naming, b"k" * 32):
        for form in (secret.hex(), b64encode(secret).decode(), repr(secret)[2:12]):
            assert form not in told


def test_an_id_is_derived_and_changes_with_either_secret():
    ring = keys.Keyring((bytes(32),), bytes(16), confirmed=True)
    assert ring.id == seal.derived(bytes(32), f"id {'00' * 16}").hex()[:16]
    assert ring.id != replace(ring, naming=b"x" * 16).id


SECRET = bytes(range(50))
PRINTED = recovery.printed(SECRET)


def test_paper_is_as_the_docstring_shows():
    first, second = PRINTED.splitlines()[:2]
    assert first in recovery.__doc__
    assert second in recovery.__doc__
    assert len(PRINTED.splitlines()) == 5


@given(st.binary(min_size=50, max_size=50), st.sampled_from(["", " ", "-", "\t"]), st.booleans())
def test_paper_is_read_as_people_type(secret, between, labels):
    text = recovery.printed(secret)
    text = text if labels else re.sub(r"(?m)^\d: ", "", text)
    text = text.lower().replace(" ", between) + "\n\n"
    for meant, often in (("o", "0"), ("i", "1"), ("b", "8")):
        text = re.sub(rf"(?<=[a-z]){meant}", often, text)
    assert recovery.typed(text, 50) == secret


@settings(max_examples=300)
@given(st.integers(0, 4), st.integers(0, 19), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_any_wrong_sign_is_found_with_its_line(line, sign, typed):
    lines = [re.sub(r"^\d: | ", "", each) for each in PRINTED.splitlines()]
    right = lines[line]
    lines[line] = right[:sign] + typed + right[sign + 1 :]
    if lines[line] == right:
        assert recovery.typed("\n".join(lines), 50) == SECRET
    else:
        with pytest.raises(InputError, match=f"line {line + 1} of the recovery copy"):
            recovery.typed("\n".join(lines), 50)


@given(st.integers(0, 4), st.integers(0, 18))
def test_signs_that_were_swapped_are_found(line, sign):
    lines = [re.sub(r"^\d: | ", "", each) for each in PRINTED.splitlines()]
    right = lines[line]
    lines[line] = right[:sign] + right[sign + 1] + right[sign] + right[sign + 2 :]
    if lines[line] != right:
        with pytest.raises(InputError, match=f"line {line + 1}"):
            recovery.typed("\n".join(lines), 50)


def test_lines_that_are_missing_or_swapped_are_found():
    one, two, *rest = PRINTED.splitlines()
    with pytest.raises(InputError, match="has 5 lines, these are 4"):
        recovery.typed("\n".join([one, *rest]), 50)
    with pytest.raises(InputError, match="line 1"):
        recovery.typed("\n".join(line[3:] for line in (two, one, *rest)), 50)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    with pytest.raises(InputError) as raised:
        recovery.typed(text, 50)
    assert len(text.strip()) < 20 or text.strip() not in str(raised.value)


def test_paper_of_another_version_is_refused(path):
    with pytest.raises(InputError, match="does not know"):
        keys.restore(path, recovery.printed(b"\2" + SECRET[1:-1] + b"\0"))

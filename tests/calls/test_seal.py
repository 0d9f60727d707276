"""What is sealed can be opened with its key, as a whole and in parts, and nobody else can do anything to it."""

import hashlib
import os
from io import BytesIO

import pytest
from calls.conftest import alone
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voicekit.calls import seal
from voicekit.calls.seal import FRAME, HEADER, TAG, derived, opened, sealed, sealed_range, sealed_size, shut, unshut
from voicekit.errors import VerificationError
from voicekit.stores import Body

KEY = bytes(range(32))
SIZES = [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 7]
UUID = "ab87272e-7dc2-8f72-9b83-e4d2d5c6fec5"
FULL = FRAME + TAG


def plain(size):
    return hashlib.shake_128(b"plain").digest(size)


def wire(size):
    with sealed(Body.of(plain(size)), KEY).open() as file:
        return file.read()


def unsealed(data, key=KEY, pieces=1 << 20, size=None):
    blocks = (data[at : at + pieces] for at in range(0, len(data), pieces))
    return b"".join(opened(blocks, key, len(data) if size is None else size))


@pytest.mark.parametrize("size", SIZES)
def test_there_and_back(size):
    data = wire(size)
    body = sealed(Body.of(plain(size)), KEY)
    assert len(data) == sealed_size(size) == body.size
    assert seal.plain_size(len(data)) == size
    assert hashlib.sha256(data).hexdigest() == body.sha256
    assert unsealed(data) == unsealed(data, pieces=1000) == plain(size)


def test_the_format_is_what_the_docstring_says():
    """Opened by its description alone; a change would leave archives that nobody can open."""
    data = wire(FRAME + 5)

    def expanded(purpose):
        return HKDFExpand(SHA256(), 32, b"voicekit 1 " + purpose.encode()).derive(KEY)

    salt = expanded(f"salt {hashlib.sha256(plain(FRAME + 5)).hexdigest()}")[:16]
    assert data[:HEADER] == b"vkseal\0\1" + salt
    cipher = AESGCM(expanded(f"sound {data[:HEADER].hex()}"))
    first = cipher.decrypt(bytes(12), data[HEADER : HEADER + FULL], None)
    last = cipher.decrypt(bytes(10) + b"\1\1", data[HEADER + FULL :], None)
    assert first + last == plain(FRAME + 5)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SIZES), st.integers(0, 4 * FRAME), st.integers(0, 4 * FRAME))
@example(3 * FRAME, FRAME, 2 * FRAME)
@example(3 * FRAME, 5, 6)
def test_any_range_can_be_opened_alone(size, start, end):
    data = wire(size)
    at, stop = sealed_range(len(data), start, end)
    found = opened([data[at:stop]], KEY, len(data), start, end, header=data[:HEADER])
    assert b"".join(found) == plain(size)[start:end]
    assert at == 0 if start == 0 else at >= HEADER
    if start < end <= size:
        assert stop - at <= end - start + 2 * FULL + HEADER


def test_a_range_of_another_place_is_refused():
    data = wire(3 * FRAME)
    at, stop = sealed_range(len(data), FRAME, 2 * FRAME)
    for moved in (-FULL, FULL):
        with pytest.raises(VerificationError, match="frame 2 of 3"):
            list(opened([data[at + moved : stop + moved]], KEY, len(data), FRAME, 2 * FRAME, header=data[:HEADER]))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SIZES), st.data())
def test_any_flipped_bit_is_found(size, given_data):
    data = bytearray(wire(size))
    bit = given_data.draw(st.integers(0, 8 * len(data) - 1))
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(VerificationError):
        unsealed(bytes(data))


def test_every_flipped_bit_of_a_small_object_is_found():
    data = wire(9)
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VerificationError):
            unsealed(bytes(flipped))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SIZES), st.data())
def test_any_cut_is_found_whatever_size_is_claimed(size, given_data):
    data = wire(size)
    cut = data[: given_data.draw(st.integers(0, len(data) - 1))]
    for claimed in (len(cut), len(data)):
        with pytest.raises(VerificationError):
            unsealed(cut, size=claimed)


FRAMES = {
    "swapped": lambda one, two, three: [two, one, three],
    "doubled": lambda one, two, three: [one, one, two, three],
    "one is missing": lambda one, two, three: [one, three],
    "cut at a frame": lambda one, two, three: [one, two],
    "added to": lambda one, two, three: [one, two, three, three],
    "added zeros": lambda one, two, three: [one, two, three, bytes(FULL)],
}


@pytest.mark.parametrize("how", FRAMES)
@pytest.mark.parametrize("size", [3 * FRAME, 2 * FRAME + 100])
def test_frames_stay_where_they_are(how, size):
    data = wire(size)
    frames = [data[at : at + FULL] for at in range(HEADER, len(data), FULL)]
    with pytest.raises(VerificationError):
        unsealed(data[:HEADER] + b"".join(FRAMES[how](*frames)))


@pytest.mark.parametrize("more", [b"x", bytes(TAG), bytes(FULL)])
def test_what_comes_behind_the_end_is_refused(more):
    data = wire(100)
    with pytest.raises(VerificationError):
        unsealed(data + more, size=len(data))


def test_frames_of_another_recording_do_not_fit():
    data = wire(2 * FRAME)
    with sealed(Body.of(plain(2 * FRAME)[::-1]), KEY).open() as file:
        other = file.read()
    with pytest.raises(VerificationError, match="frame 2 of 2"):
        unsealed(data[: HEADER + FULL] + other[HEADER + FULL :])


def test_the_same_is_sealed_to_the_same_and_another_attempt_meets_no_nonce_again():
    """Two plain texts under one key and nonce would give both away."""
    one, again = wire(1000), wire(1000)
    with sealed(Body.of(plain(1000)[:-1] + b"x"), KEY).open() as file:
        other = file.read()
    assert one == again
    assert one[HEADER : HEADER + 900] != other[HEADER : HEADER + 900]


@pytest.mark.parametrize("key", [bytes(32), KEY[::-1]])
def test_another_key_opens_nothing(key):
    with pytest.raises(VerificationError, match="another key"):
        unsealed(wire(1000), key)


@pytest.mark.parametrize("data", [b"RIFF" * 10, b"vkseal\0\2" + bytes(40)])
def test_what_is_not_sealed_is_refused(data):
    with pytest.raises(VerificationError, match="not sealed by voicekit"):
        unsealed(data)


def test_a_cut_is_called_a_cut():
    with pytest.raises(VerificationError, match="cut short"):
        unsealed(wire(1000)[:-1], size=len(wire(1000)))


def test_sizes_that_no_sealed_object_has():
    made = {sealed_size(size): size for size in range(3 * FRAME)}
    for size in [*range(HEADER + 40), *range(HEADER + FULL - 5, HEADER + FULL + 40)]:
        if size in made:
            assert seal.plain_size(size) == made[size]
        else:
            with pytest.raises(VerificationError, match="not the size"):
                seal.plain_size(size)


def test_what_it_opens_can_be_sought():
    """A put reads the body for its signature, and goes back."""
    data = wire(2 * FRAME + 9)
    with sealed(Body.of(plain(2 * FRAME + 9)), KEY).open() as file:
        assert file.seek(0, os.SEEK_END) == len(data)
        assert file.read() == b""
        for at in (0, 5, HEADER, HEADER + 1, FULL, HEADER + FULL, len(data) - 3):
            assert file.seek(at) == file.tell() == at
            assert file.read(100) == data[at : at + 100]
        file.seek(0)
        assert b"".join(iter(lambda: file.read(777), b"")) == data


def test_a_recording_that_became_shorter_is_not_sealed(tmp_path):
    path = tmp_path / "call"
    path.write_bytes(plain(FRAME + 5))
    body = Body.of_file(path)
    os.truncate(path, FRAME)
    with pytest.raises(VerificationError, match="shorter"):
        sealed(body, KEY)


def test_what_it_opened_is_closed(tmp_path):
    opened_files = []

    def opening():
        opened_files.append(BytesIO(plain(10)))
        return opened_files[-1]

    with sealed(Body.of_reader(opening), KEY).open() as file:
        file.read()
    assert all(file.closed for file in opened_files)


@given(st.binary(max_size=200))
def test_small_things_there_and_back(data):
    boxed = shut(data, KEY, "meta", UUID)
    assert unshut(boxed, KEY, "meta", UUID) == data
    assert shut(data, KEY, "meta", UUID) != boxed  # a sidecar is written again, under the same key


@pytest.mark.parametrize(
    ("key", "what", "uuid"), [(KEY[::-1], "meta", UUID), (KEY, "key", UUID), (KEY, "meta", UUID[::-1])]
)
def test_small_things_open_as_what_they_are_and_of_whom(key, what, uuid):
    with pytest.raises(VerificationError, match="can't be opened"):
        unshut(shut(b"x", KEY, "meta", UUID), key, what, uuid)


def test_small_things_that_were_changed_are_refused():
    boxed = shut(b"words", KEY, "meta", UUID)
    for bit in range(8 * len(boxed)):
        flipped = bytearray(boxed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VerificationError):
            unshut(bytes(flipped), KEY, "meta", UUID)
    for end in range(len(boxed)):
        with pytest.raises(VerificationError):
            unshut(boxed[:end], KEY, "meta", UUID)


def test_keys_are_new_and_derived_ones_differ():
    assert len({seal.new_key() for _ in range(100)}) == 100
    assert len(seal.new_key()) == 32
    assert derived(KEY, "a") != derived(KEY, "b") != derived(KEY[::-1], "b")


LONG = """
import sys
from pathlib import Path
from voicekit.calls.seal import opened, sealed
from voicekit.stores import Body
body = sealed(Body.of_file(Path(sys.argv[1])), bytes(32))
with body.open() as file:
    print(sum(map(len, opened(iter(lambda: file.read(1 << 20), b""), bytes(32), body.size))))
"""


def test_memory_is_flat_in_length(tmp_path):
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.truncate(200 << 20)
    size, most = alone(LONG, path)
    assert int(size) == 200 << 20
    assert most < 60  # MB

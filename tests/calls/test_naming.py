"""Keys of objects: one for one content, and nothing in them but what was meant."""

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicekit.calls import naming
from voicekit.errors import InputError
from voicekit.stores import keys

SHA = "0123456789abcdef" * 4
NAME = naming.recording(SHA)


def test_the_layout():
    assert naming.call(NAME) == f"calls/{NAME[:2]}/{NAME}"
    page = naming.page("pbx-1", "host-12ab")
    assert page.startswith("meta/pbx-1/host-12ab-")
    assert naming.writer_of(page) == "host-12ab"
    assert page != naming.page("pbx-1", "host-12ab")
    assert naming.segment("pbx-1", 7) == "ledger/pbx-1/00000007.jsonl"


def test_a_name_is_of_content_and_secret_and_stays_the_same():
    """A change here would have every archive take its recordings for new ones."""
    assert NAME == "ab87272e-7dc2-8f72-9b83-e4d2d5c6fec5"
    assert naming.recording(SHA, b"secret") not in (NAME, naming.recording(SHA, b"other"))
    assert naming.recording(SHA[::-1]) != NAME


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=32))
def test_a_name_is_a_uuid_of_its_own_version(sha, secret):
    name = UUID(naming.recording(sha.hex(), secret))
    assert (name.version, name.variant) == (8, RFC_4122)


@given(st.text(max_size=80))
def test_any_name_gives_a_good_key_or_is_refused(name):
    try:
        made = [naming.page(name, NAME), naming.segment(name, 1)]
    except InputError:
        return
    assert all(keys.good(key) and key.split("/")[1] == name for key in made)


@pytest.mark.parametrize("name", ["", "a/b", "..", "a.b", "-a", "a b", "x" * 64, "a\n", "ä"])
def test_names_that_would_be_more_than_one_part(name):
    with pytest.raises(InputError):
        naming.page(name, NAME)


@pytest.mark.parametrize("name", [NAME.upper(), "x", NAME.replace("-", ""), f"{{{NAME}}}"])
def test_a_recording_has_one_name(name):
    with pytest.raises(ValueError):
        naming.call(name)


@pytest.mark.parametrize("sha", ["", "0" * 63, "0" * 63 + "A", "0" * 64 + "\n"])
def test_what_is_no_hash_has_no_name(sha):
    with pytest.raises(ValueError, match="SHA-256"):
        naming.recording(sha)


@pytest.mark.parametrize("number", [0, -1, 10**8])
def test_segments_are_numbered_as_they_sort(number):
    with pytest.raises(ValueError):
        naming.segment("pbx", number)


def test_a_new_chain_has_a_new_name():
    assert naming.writer("pbx") != naming.writer("pbx")
    assert naming.segment(naming.writer("x" * 63), 1)

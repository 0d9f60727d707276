"""Pages of keys and sidecars: as they are written, and as long as a killed run may need them."""

import tracemalloc
from contextlib import closing
from uuid import UUID

import pytest
from calls.archives import store
from hypothesis import given
from hypothesis import strategies as st

from voicekit.calls import naming, pages
from voicekit.calls.pages import Begun, Entry, Page
from voicekit.errors import VerificationError
from voicekit.stores import Body


def page(*names):
    return Page("host-1", {name: Entry(name, "m", b"key", b"sidecar") for name in names})


@given(st.dictionaries(st.text(min_size=1), st.tuples(st.text(), st.binary(), st.binary()), max_size=5))
def test_what_is_written_is_read_again(entries):
    made = Page("host-1", {name: Entry(name, *rest) for name, rest in entries.items()})
    assert Page.parse(made.dumped(), "x") == made


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"page":2,"writer":"x"}\n', b'{"page":1,"writer":"x"}\n{}\n', b"[" * 9999]
)
def test_what_is_no_page_is_refused(data):
    with pytest.raises(VerificationError, match="x: no page"):
        Page.parse(data, "x")


def test_a_page_is_there_until_all_of_it_is_archived_and_after_a_kill(tmp_path):
    first, second = (naming.page("pbx1", "host-1") for _ in range(2))
    begun = Begun(tmp_path)
    begun.begin(first, page("a", "b"))
    begun.begin(second, page("c"))
    begun.end(["a", "never seen"])
    assert (begun.find("a"), begun.find("b")) == (None, (first, Entry("b", "m", b"key", b"sidecar")))
    again = Begun(tmp_path)
    assert dict(again.pages()) == dict(begun.pages()) == {first: page("a", "b").dumped(), second: page("c").dumped()}
    again.end(["a", "b"])
    assert dict(Begun(tmp_path).pages()) == {second: page("c").dumped()}
    again.end(["c"])
    assert not list(tmp_path.rglob("*.jsonl"))


def test_the_pages_of_all_take_little_memory(tmp_path):
    """After a kill, those of a whole archive are looked through for one recording."""
    with closing(store(tmp_path)) as reached:
        for number in range(10):
            names = [str(UUID(int=number * pages.MOST + each)) for each in range(pages.MOST)]
            entries = {name: Entry(name, "m", b"k" * 60, name.encode() * 60) for name in names}
            reached.put(naming.page("pbx1", f"other-{number}"), Body.of(Page("other", entries).dumped()))
        claims = pages.Claims(reached)
        tracemalloc.start()
        try:
            (found,) = claims.of(names[7])
            held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert found[1] == entries[names[7]]
        assert held < 400 * 10 * pages.MOST
        assert list(claims.of(str(UUID(int=1 << 100)))) == []

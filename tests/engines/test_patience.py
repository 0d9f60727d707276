"""Asking again: not too often, not too soon, not for ever."""

import pytest
from engines.provider import Clock
from hypothesis import given
from hypothesis import strategies as st

from voicekit.errors import EngineError
from voicekit.patience import BusyError, Patience


def failing(times, after=None):
    """Something that is busy so many times, then gives what number it was."""
    asked = []

    def ask():
        asked.append(1)
        if len(asked) <= times:
            raise BusyError("server: answered 503; try again later", after)
        return len(asked)

    return ask


@given(times=st.integers(0, 4), after=st.one_of(st.none(), st.floats(-1e9, 1e9)), chance=st.floats(0, 1))
def test_it_gives_what_comes_in_the_end_and_waits_within_its_bounds(times, after, chance):
    clock = Clock()
    patience = Patience(total=1e9, sleep=clock.sleep, clock=lambda: clock.now, chance=lambda: chance)
    assert patience.persist(failing(times, after)) == times + 1
    assert len(clock.slept) == times
    for number, slept in enumerate(clock.slept):
        assert 2**number / 2 <= slept <= 60
        assert slept >= min(after or 0, 60)


def test_without_word_of_the_server_each_wait_is_twice_the_one_before():
    clock = Clock()
    clock.patience().persist(failing(4))
    assert clock.slept == [1, 2, 4, 8]


def test_what_is_waited_for_is_told_without_what_it_was_about(caplog):
    """The key of an adopted object has a caller's number in it; logs go to screens, and to anybody's handlers."""
    clock, asked = Clock(), []

    def ask():
        asked.append(1)
        if len(asked) == 1:
            raise BusyError("s3://b: old/out-79161234567.wav: no answer; try again later")

    with caplog.at_level("INFO", "voicekit"):
        clock.patience().persist(ask)
    assert caplog.messages == ["s3://b: busy, or no answer; asked again in 1.0 s"]


def test_it_gives_up_and_says_how_often_it_asked():
    clock = Clock()
    with pytest.raises(EngineError, match=r"^server: answered 503 \(5 times\); try again later$") as caught:
        clock.patience().persist(failing(9))
    assert not isinstance(caught.value, BusyError)
    assert caught.value.__cause__ is None


def test_it_gives_up_before_a_prompt_is_killed_at_300_seconds():
    clock = Clock()
    with pytest.raises(EngineError):
        clock.patience(tries=100).persist(failing(999, after=50))
    assert 100 <= clock.now <= 150


def test_other_errors_are_not_for_patience():
    def ask():
        raise EngineError("the key is not accepted")

    clock = Clock()
    with pytest.raises(EngineError, match=r"not accepted$"):
        clock.patience().persist(ask)
    assert clock.slept == []

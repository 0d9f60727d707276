from itertools import pairwise

import pytest

from voicekit import checkpoint
from voicekit.checkpoint import INTERVAL, Checkpoint


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets: `clock[0]`, in seconds."""
    now = [1000.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now[0])
    return now


def test_it_saves_now_and_then_and_at_the_end(clock):
    saved = []
    with Checkpoint(lambda: saved.append(clock[0])) as point:
        for _ in range(50):
            clock[0] += 0.25
            point.changed()
        now_and_then = list(saved)
    assert len(now_and_then) == 5
    assert all(later - sooner > INTERVAL for sooner, later in pairwise(now_and_then))
    assert len(saved) == len(now_and_then) + 1
    assert saved[-1] == clock[0]


def test_what_did_not_change_is_not_saved(clock):
    saved = []
    with Checkpoint(lambda: saved.append(1)):
        clock[0] += 10 * INTERVAL
    assert saved == []


def test_what_was_saved_is_not_saved_again_at_the_end(clock):
    saved = []
    with Checkpoint(lambda: saved.append(1)) as point:
        clock[0] += 2 * INTERVAL
        point.changed()
    assert saved == [1]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_whatever_ends_it_the_rest_is_saved(clock, error):
    def ends(point):
        point.changed()
        raise error

    saved = []
    with pytest.raises(error), Checkpoint(lambda: saved.append(1)) as point:
        ends(point)
    assert saved == [1]

"""When a recording is over: when all signs say so, and at no other time."""

from hypothesis import given
from hypothesis import strategies as st

from voicekit.calls.settle import CALM, YOUNG, Rules, Why, why_not
from voicekit.calls.spool import Found, Look

NOW = 1_795_000_000
CALL = "1795419659.133"


def file(age=CALM, size=1000, links=1):
    return Found("2026/x.wav", size, NOW - age, "1:2", links)


def seen(blind="", mixing=False, opened=(), live=()):
    return Look(NOW, blind, mixing, frozenset(opened), frozenset(live))


def why(found=None, look=None, min_age=None, uniqueid=CALL, extension="wav", leg=False):
    return why_not(found or file(), look or seen(), Rules(min_age), uniqueid=uniqueid, extension=extension, leg=leg)


def test_each_sign_alone_keeps_a_file_where_it_is():
    assert why() is None
    assert why(look=seen(opened={"1:2"})) is Why.OPEN
    assert why(look=seen(live={CALL})) is Why.LIVE
    assert why(file(age=CALM - 1)) is Why.YOUNG
    assert why(file(age=-10)) is Why.YOUNG
    assert why(file(age=-YOUNG - 1)) is Why.FUTURE
    assert why(look=seen(mixing=True), leg=True) is Why.MIXING
    assert why(look=seen(mixing=True)) is None
    assert why(look=seen(blind="nfs")) is Why.UNKNOWN
    assert why(file(links=2)) is Why.LINKED
    assert why(look=seen(live={""}), uniqueid="") is None


def test_what_was_opened_and_nothing_came():
    sizes = {"wav": 44, "wav16": 44, "WAV": 60, "gsm": 0, "": 0}
    for extension, size in sizes.items():
        assert why(file(size=size), extension=extension) is Why.EMPTY
        assert why(file(size=size + 1), extension=extension) is None


def test_where_nobody_can_know_age_decides_if_the_user_says_so():
    nfs = seen(blind="nfs")
    assert why(file(age=599), nfs, min_age=600) is Why.YOUNG
    assert why(file(age=600), nfs, min_age=600) is None
    assert why(file(age=599), min_age=600) is Why.YOUNG
    assert why(file(age=CALM - 1), nfs, min_age=0) is Why.YOUNG
    assert why(file(age=600), seen(blind="nfs", opened={"1:2"}), min_age=600) is Why.OPEN


@given(
    opened=st.booleans(), live=st.booleans(), age=st.integers(-2 * YOUNG, 2 * YOUNG), mixing=st.booleans(),
    leg=st.booleans(), blind=st.sampled_from(["", "nfs"]), min_age=st.none() | st.integers(0, YOUNG),
    links=st.integers(1, 3), size=st.integers(0, 100),
)  # fmt: skip
def test_settled_only_if_all_signs_hold(opened, live, age, mixing, leg, blind, min_age, links, size):
    look = seen(blind, mixing, {"1:2"} if opened else (), {CALL} if live else ())
    over = (
        not opened and not live and age >= 60 and age >= (min_age or 0) and not (leg and mixing)
        and (not blind or min_age is not None) and links == 1 and size > 44
    )  # fmt: skip
    assert (why(file(age, size, links), look, min_age, leg=leg) is None) is over

"""Words that name a caller are known as such, in any spelling; others are not."""

import pytest

from voicekit.calls import persons

CALL = {
    "source": "+79165550001",
    "destination": "600",
    "call": {
        "rows": [
            {"src": "89165550001", "clid": '"Anna Petrova" <9165550001>', "dst": "600", "cnam": "Petrova A."},
            {"src": "201", "clid": '"201" <201>', "cnam": "201", "dst_cnam": "Bo", "outbound_cnum": "74951112233"},
            "no record",
        ]
    },
    "message": {"callerid": "Юрий <5550009>"},
}


@pytest.mark.parametrize(
    "text",
    [
        "+79165550001",
        "8 (916) 555-00-01",
        "916\u00a0555\u201100\u201101",
        "call 9165550001 back",
        "74951112233",
        "555-00-09",
        "ANNA PETROVA",
        "of petrova a.",
        "ЮРИЙ",
    ],
)
def test_it_names(text):
    assert persons.of(CALL).named_in(text)


@pytest.mark.parametrize(
    "text", ["", "request 17", "2026-11-30", "201", "600", "Bo", "+7 916 555-00-02", "17 of 2026-11-30 12:00", "Anna"]
)
def test_it_does_not(text):
    assert not persons.of(CALL).named_in(text)


@pytest.mark.parametrize("told", [{}, {"call": 5}, {"call": {"rows": 5}}, {"message": "x"}, {"source": 5}])
def test_a_sidecar_that_says_nothing_names_nobody(told):
    assert persons.of(told) == persons.Persons()
    assert not persons.of(told).named_in("anything 79165550001")


def test_two_are_both():
    both = persons.of(CALL) | persons.of({"source": "74950000001"})
    assert both.named_in("74950000001")
    assert both.named_in("petrova a.")

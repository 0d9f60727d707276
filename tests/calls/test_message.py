"""What is read of a voicemail's text."""

import pytest

from voicekit.calls import message


@pytest.mark.parametrize(
    ("callerid", "number"),
    [
        ('"Anna" <5551234>', "5551234"),
        ("Anna <+7 916 555-12-34>", "+7 916 555-12-34"),
        ("89165551234", "89165551234"),  # as Asterisk writes one without a name
        ("Anna", ""),
        ("Unknown", ""),
        ("", ""),
    ],
)
def test_who_left_it(callerid, number):
    told = message.read(f"[message]\ncallerid={callerid}\n".encode())
    assert message.caller(told) == number

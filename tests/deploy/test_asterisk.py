"""A call that hears a prompt while it is deployed anew. VOICEKIT_ASTERISK names the program that plays it."""

import time

import pytest
from deploy.far import Customer, last
from servers import asterisk

from voicekit.targets import Target

pytestmark = [pytest.mark.asterisk, pytest.mark.skipif(not asterisk.PRESENT, reason=asterisk.MISSING)]

SECONDS = 6
ONE, OTHER = b"\x20", b"\xa0"  # samples of u-law far above and far below nothing
DIALPLAN = """[voicekit]
exten => plays,1,Answer()
 same => n,Playback(custom/long)
 same => n,Hangup()
exten => hears,1,Answer()
 same => n,Record({heard}.ulaw,0,20,kxq)
 same => n,Hangup()
"""


def heard_after(command, heard, during):
    """What a call hears of the prompt, when `during` happens in its middle."""
    heard.unlink(missing_ok=True)
    command("channel originate Local/plays@voicekit extension hears@voicekit")
    time.sleep(SECONDS / 3)
    during()
    end = time.monotonic() + 4 * SECONDS
    while "0 active channels" not in command("core show channels count"):
        assert time.monotonic() < end, "the call does not end"
        time.sleep(0.2)
    return heard.read_bytes()


def test_a_call_hears_one_version_whole(tmp_path):
    heard = tmp_path / "heard"
    (tmp_path / "pbx").mkdir()
    with asterisk.asterisk(
        tmp_path / "pbx", modules="[modules]\nautoload=yes\nnoload=chan_*\n", extensions=DIALPLAN.format(heard=heard)
    ) as command:
        sounds = tmp_path / "pbx/data/sounds"
        sounds.mkdir(exist_ok=True)
        target, customer = Target("pbx", None, str(sounds)), Customer(tmp_path / "acme")
        old, new = (customer.release({"en/custom/long": one * 8000 * SECONDS}) for one in (ONE, OTHER))
        assert last(customer.apply(old, target)) == "applied"
        swapped = heard_after(command, heard.with_suffix(".ulaw"), lambda: customer.apply(new, target))
        assert swapped.count(ONE) > 8000 * SECONDS * 0.9
        assert swapped.count(OTHER) == 0
        after = heard_after(command, heard.with_suffix(".ulaw"), lambda: None)
        assert after.count(OTHER) > 8000 * SECONDS * 0.9
        assert after.count(ONE) == 0

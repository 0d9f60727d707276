"""calls find on the command line: what is asked wrongly is told, and never answered with nothing."""

import pytest
from calls.archives import HOUR, Workspace, lay, sound

NAME = "2026/11/20/in-74951234567-00491701234567-20261120-120000-1795419001.1.wav"


@pytest.fixture
def find(tmp_path, run):
    lay(tmp_path / "spool", NAME, sound(1), HOUR)
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more='country = "RU"')
    one.archive()
    return lambda *words: run("calls", "find", *words, "-C", one.root)


@pytest.mark.parametrize(
    "words", [("1795419001.1",), ("+491701234567",), ("--day", "23.11.2026"), ("--day", "2026-11-23")]
)
def test_it_is_found(find, words):
    ran = find(*words)
    assert (ran.code, ran.out.split()[0]) == (0, "found")


@pytest.mark.parametrize(("words", "told"), [
    (("--day", "20261120"), "is no day"),
    (("--day", "7d"), "is no day"),
    (("--day", "2026-11-20", "--since", "7d"), "not both"),
    (("--since", "2026-11-21", "--until", "2026-11-20"), "--since is later than --until"),
])  # fmt: skip
def test_times_that_can_not_be_meant(find, words, told):
    ran = find(*words)
    assert ran.code
    assert told in ran.err


@pytest.mark.parametrize(
    "option", ["--queue", "--agent", "--uniqueid", "--field", "--direction", "--ends", "--day", ""]
)
def test_what_is_no_utf8_is_told(find, option):
    ran = find(*filter(None, (option, "a=\udcff")))
    assert ran.code in (2, 4)
    assert len([line for line in ran.err.splitlines() if "ff" in line]) == 1


def test_of_a_short_number_it_is_said_how_to_find_what_ends_so(find):
    assert "--ends 34567" in find("34567").out
    assert "--ends" not in find("89160000000").out
    assert find("--ends", "34567").out.startswith("found")

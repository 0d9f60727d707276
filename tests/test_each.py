"""One command in many workspaces."""

import pytest
from sites import Site


@pytest.fixture
def customers(tmp_path):
    return [Site(tmp_path / name).root for name in ("acme", "status")]  # a folder may be named as a command


def test_one_after_the_other_and_one_that_fails_stops_no_other(customers, tmp_path, run):
    ran = run("each", customers[0], tmp_path / "gone", customers[1], "--", "prompts", "list", "--json")
    assert ran.code == 3
    assert len(ran.outcomes) == 6
    assert f"1 of 3 failed: {tmp_path}/gone" in ran.err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["statsu"], 'unknown command "statsu"; did you mean "status"?'),
        (["deploy", "paln"], 'unknown command "paln"; did you mean "plan"?'),
        (["status", "--bogus"], "No such option: --bogus"),
        (["each", "x", "--", "status"], 'unknown command "each"'),
        (["doctor"], "No such option: -C"),
        ([], "which workspaces, and what?"),
    ],
)
def test_what_no_workspace_could_do_is_said_once(customers, run, command, said):
    ran = run("each", *customers, "--", *command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("Error: ") == 1
    assert said in ran.err


def test_without_the_sign_it_is_not_known_what_is_a_folder(customers, run):
    ran = run("each", *customers, "status")
    assert (ran.code, "voicekit each DIR... -- status" in ran.err) == (2, True)

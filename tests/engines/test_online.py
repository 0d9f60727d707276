"""`revoice` with a service: what it costs is known before, and the key is in nothing that it leaves behind."""

import json
import os
import subprocess
import sys

import pytest
from engines.provider import KEY, Answer

from voicekit import engines, voices, workspace
from voicekit.errors import Exit

PROFILE = """
version = 1
engine = "openai"
licence = "ours"
[languages.en]
voice = "nova"
[service]
url = "{url}/v1"
{more}
"""
WORDS = {"one": "Press one.", "two": "Press two."}


@pytest.fixture
def site(openai, tmp_path):
    """A workspace whose voice is served here. `revoice` runs as a program: a process with servers is not forked."""
    root = tmp_path / "site"
    (root / "prompts/en").mkdir(parents=True)
    (root / "voices/nova").mkdir(parents=True)
    (root / "voicekit.toml").write_text(workspace.template("Wind", ("en",), ("ulaw",), "nova"))
    (root / "prompts/en/menu.toml").write_text("".join(f'[{name}]\ntext = "{text}"\n' for name, text in WORDS.items()))
    (root / "voices/nova/voice.toml").write_text(PROFILE.format(url=openai.url, more=""))
    return root


def revoice(root, **environment):
    """Its outcomes, and its exit code; the key is looked for in all that it wrote, on paper and on screen."""
    run = subprocess.run(
        [sys.executable, "-m", "voicekit", "revoice", "-C", root, "--json"],
        env={name: value for name, value in (os.environ | environment).items() if value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert KEY not in run.stdout + run.stderr
    for path in root.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    outcomes = map(json.loads, run.stdout.splitlines())
    return [one for one in outcomes if not one["code"].endswith("cost")], run.returncode


def test_it_speaks_and_leaves_no_key_behind(site, openai):
    outcomes, code = revoice(site)
    assert [outcome["code"] for outcome in outcomes] == ["spoken"] * len(WORDS), outcomes
    assert code == Exit.DONE
    assert {asked.json["input"] for asked in openai.asked} == set(WORDS.values())
    assert all(asked.headers["authorization"] == f"Bearer {KEY}" for asked in openai.asked)


def test_a_key_that_is_not_accepted_fails_each_prompt_with_a_remedy(site, openai):
    openai.usual = lambda _: Answer(f'{{"error": {{"message": "bad key {KEY}"}}}}'.encode(), 401)
    outcomes, code = revoice(site)
    assert code == Exit.ITEMS_FAILED
    assert all("the key in OPENAI_API_KEY is not accepted" in outcome["detail"] for outcome in outcomes)
    assert {outcome["subject"] for outcome in outcomes} == {"en/one", "en/two"}


def test_without_a_key_nothing_is_asked(site, openai):
    outcomes, code = revoice(site, OPENAI_API_KEY="")
    assert code == Exit.ITEMS_FAILED
    assert all(outcome["verdict"] == "refused" and "OPENAI_API_KEY" in outcome["detail"] for outcome in outcomes)
    assert openai.asked == []


@pytest.mark.parametrize(
    ("more", "cost"),
    [("", "about 15.00 USD"), ("price = 2.5\ncurrency = 'EUR'", "about 2.50 EUR"), ("price = 0", "about 0.00 USD")],
)
def test_the_customers_contract_knows_the_price_better_than_the_list(site, more, cost):
    profile = site / "voices/nova/voice.toml"
    profile.write_text(PROFILE.format(url="https://example.com", more=more))
    voice = voices.load(profile.parent)
    assert engines.cost(engines.of(voice), voice, 1_000_000) == cost

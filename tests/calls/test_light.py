"""What an install on a PBX needs, and what it pays for."""

from pathlib import Path

import pytest
from calls.conftest import alone

from voicekit import calls

HEAVY = {"scipy", "pydub", "av", "soxr", "gtts", "piper", "requests", "boto3", "pymorphy3", "num2words", "onnxruntime"}
SOUND = {"numpy", "soundfile"}
SEALS = {"cryptography"}

NONE = (
    "access", "adoptable", "adopting", "archive", "archived", "case", "certificate", "chain", "chains", "choice",
    "courtesy", "damage", "departed", "disk", "due", "elsewhere", "encode", "ending", "failures", "giving", "hearing",
    "history",
    "intake", "later", "ledger", "ledgers", "marks", "message", "metrics", "nameless", "naming", "notes", "numbers",
    "pace", "pages", "persons", "playable", "proof", "purge", "receipts", "reconcile", "recovery", "removal",
    "removing", "repair", "restore", "retention", "run", "samples", "scratch", "seen", "serve", "settings",
    "settle", "spool", "there", "timer", "wiping",
)  # fmt: skip
NEEDS: dict[str, set[str]] = {
    **{name: set() for name in NONE},
    "seal": SEALS, "keys": SEALS, "codes": SOUND, "flac": SOUND, "opus": SOUND,
}  # fmt: skip

PROGRAM = """
import sys
before = set(sys.modules)
import voicekit.calls.{name}
print(*({{module.partition('.')[0] for module in sys.modules.keys() - before}}))
"""


@pytest.mark.parametrize("name", NEEDS)
def test_a_module_imports_what_it_needs_and_no_more(name):
    imported, _ = alone(PROGRAM.format(name=name))
    assert set(imported.split()) & (HEAVY | SOUND | SEALS) == NEEDS[name]


def test_every_module_is_listed():
    assert {path.stem for path in Path(calls.__file__).parent.glob("[a-z]*.py")} == NEEDS.keys()

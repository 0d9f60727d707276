"""What an install on a PBX needs, and what it pays for."""

from pathlib import Path

import pytest
from calls.conftest import alone

from voicekit import calls

HEAVY = {"scipy", "pydub", "av", "soxr", "gtts", "piper", "requests", "boto3", "pymorphy3", "num2words", "onnxruntime"}
SOUND = {"numpy", "soundfile"}
SEALS = {"cryptography"}

NEEDS = {
    "chain": set(), "claims": set(), "encode": set(), "ledger": set(), "naming": set(), "receipts": set(),
    "repair": set(), "samples": set(), "seal": SEALS, "keys": SEALS, "recovery": set(),
    "codes": SOUND, "flac": SOUND, "opus": SOUND, "archive": set(), "ledgers": set(), "proof": set(), "removal": set(),
    "restore": set(), "seen": set(), "settings": set(), "settle": set(), "spool": set(),
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

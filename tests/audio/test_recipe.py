import subprocess
import sys
from dataclasses import fields, replace

import pytest

from voicekit.audio import recipe
from voicekit.audio.recipe import Finish

OTHER = {
    "level": -21.0,
    "high_pass": 80.0,
    "trim": False,
    "lead": 0.03,
    "tail": 0.2,
    "fade": 0.01,
    "ceiling": -2.0,
}


def test_every_field_changes_the_digest():
    assert {field.name for field in fields(Finish)} == set(OTHER)
    digests = {replace(Finish(), **{name: value}).digest() for name, value in OTHER.items()}
    assert len(digests | {Finish().digest()}) == len(OTHER) + 1


def test_whole_numbers_are_the_same_recipe():
    assert Finish(level=-20, lead=0).digest() == Finish(level=-20.0, lead=0.0).digest()


def test_a_new_revision_changes_the_digest(monkeypatch):
    before = Finish().digest()
    monkeypatch.setattr(recipe, "REVISION", recipe.REVISION + 1)
    assert Finish().digest() != before


def test_the_digest_is_what_locks_hold():
    assert Finish().digest() == "6878c810829df0d5"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("level", -5.9),
        ("level", -40.1),
        ("level", float("nan")),
        ("high_pass", -1),
        ("lead", -0.1),
        ("ceiling", 0.5),
    ],
)
def test_what_is_out_of_range_is_refused(field, value):
    with pytest.raises(ValueError, match=f"^{field} must be from .* to .*, not {value:g}$"):
        Finish(**{field: value})


def test_planning_imports_no_numpy():
    code = "import sys, voicekit.audio.recipe; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""The demo workspace, as whoever reads the documents has it."""

import shutil

import pytest
from docs.blocks import ROOT


@pytest.fixture
def demo(tmp_path):
    """A copy of the demo's inputs: nothing spoken yet."""
    folder = tmp_path / "voicekit"
    folder.mkdir()
    shutil.copy(ROOT / "voicekit.toml", folder)
    for part in ("prompts", "voices", "samples"):
        shutil.copytree(ROOT / part, folder / part)
    return folder

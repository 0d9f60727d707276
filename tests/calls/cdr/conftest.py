"""A PBX that has nothing but what a script of ours needs, in two shells."""

import shutil

import pytest
from deploy.far import bare
from servers.mariadb import MISSING, PROGRAMS

TOOLS = ("dd", "head", "id", "sed", "stat")


@pytest.fixture(params=["dash", "busybox"])
def far(request, tmp_path, monkeypatch):
    """The root of such a PBX: this machine, for now, has no other commands, and no Python."""
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} here: apt-get install {request.param}")
    if not all(PROGRAMS):
        pytest.skip(MISSING)
    monkeypatch.setenv("PATH", str(bare(tmp_path, request.param, (*TOOLS, "mariadb"))))
    monkeypatch.setenv("ASTERISK_ROOT", str(tmp_path / "root"))
    (tmp_path / "root").mkdir()
    return tmp_path / "root"

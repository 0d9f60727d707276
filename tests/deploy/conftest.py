"""Far sides of both kinds, each with two shells."""

import shutil

import pytest
from deploy.far import Customer, far
from servers import sshd

# Both places and both shells by default, each with each in `make faults`.
KINDS = (
    "here-dash",
    "ssh-busybox",
    pytest.param("here-busybox", marks=pytest.mark.faults),
    pytest.param("ssh-dash", marks=pytest.mark.faults),
)
OLD = {"en/custom/one": b"one, old", "en/custom/two": b"two", "en/custom/gone": b"gone"}
NEW = {"en/custom/one": b"one, new", "en/custom/two": b"two", "en/more/deep/three": b"three", "ru/four": b"four"}


@pytest.fixture(scope="session", params=KINDS)
def far_side(request, tmp_path_factory):
    place, _, shell = request.param.partition("-")
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here: apt-get install {shell}")
    if place == "ssh" and sshd.PROGRAM is None:
        pytest.skip(sshd.MISSING)
    with far(tmp_path_factory.mktemp(request.param), place, shell) as made:
        yield made


@pytest.fixture
def pbx(far_side, monkeypatch):
    monkeypatch.setenv("PATH", far_side.path)
    far_side.kill(0)
    return far_side


@pytest.fixture
def customer(tmp_path):
    return Customer(tmp_path / "acme")


@pytest.fixture
def old(customer):
    return customer.release(OLD)


@pytest.fixture
def new(customer, old):
    return customer.release(NEW)


@pytest.fixture
def sounds(tmp_path):
    """A folder of sounds with Asterisk's own."""
    folder = tmp_path / "sounds"
    (folder / "en/custom").mkdir(parents=True)
    (folder / "en/hello.ulaw").write_bytes(b"Asterisk's")
    return folder

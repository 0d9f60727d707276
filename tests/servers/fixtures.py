"""Servers as fixtures. One that is not here skips what needs it; in CI that is a failure (tests/conftest.py)."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from servers import mariadb, postgres, s3, sshd

# What this machine has of its own must not reach a test, nor a test another server.
_FOREIGN = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL",
            "AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION")  # fmt: skip


@pytest.fixture(scope="session")
def rgw_server() -> s3.S3Server:
    """Ceph's gateway, without its keys being in the environment: for fixtures; tests ask for `rgw`."""
    server = s3.rgw()
    if server is None or not _listens(server.endpoint):
        pytest.skip(s3.MISSING)
    return server


@pytest.fixture(scope="session")
def moto_server() -> Iterator[s3.S3Server]:
    with s3.moto() as server:
        yield server


@pytest.fixture(scope="session")
def sshd_server(tmp_path_factory) -> Iterator[sshd.Sshd]:
    if sshd.PROGRAM is None:
        pytest.skip(sshd.MISSING)
    with sshd.sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="session")
def database(tmp_path_factory) -> Iterator[mariadb.MariaDB]:
    """A MariaDB server."""
    if not all(mariadb.PROGRAMS):
        pytest.skip(mariadb.MISSING)
    with mariadb.mariadb(tmp_path_factory.mktemp("db")) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Postgres]:
    """A PostgreSQL server."""
    if not all(postgres.PROGRAMS):
        pytest.skip(postgres.MISSING)
    with postgres.postgres() as server:
        yield server


@pytest.fixture
def rgw(rgw_server, monkeypatch) -> s3.S3Server:
    """Ceph's gateway, its keys in the environment."""
    _enter(rgw_server, monkeypatch)
    return rgw_server


@pytest.fixture
def moto(moto_server, monkeypatch) -> s3.S3Server:
    """moto's server, keys for it in the environment."""
    _enter(moto_server, monkeypatch)
    return moto_server


@pytest.fixture
def nas(sshd_server, monkeypatch) -> sshd.Sshd:
    """An SSH server that `ssh` knows as `nas`."""
    monkeypatch.setenv("PATH", sshd_server.path)
    return sshd_server


@pytest.fixture
def rgw_bucket(rgw) -> Iterator[str]:
    with rgw.bucket() as name:
        yield name


@pytest.fixture
def moto_bucket(moto) -> Iterator[str]:
    with moto.bucket() as name:
        yield name


@pytest.fixture
def remote_folder(tmp_path) -> Path:
    """An empty folder, as the SSH server sees it too."""
    folder = tmp_path / "remote"
    folder.mkdir()
    return folder


def _enter(server: s3.S3Server, monkeypatch) -> None:
    for name in _FOREIGN:
        monkeypatch.delenv(name, raising=False)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port), 5).close()
    except OSError:
        return False
    return True

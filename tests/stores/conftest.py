"""`kind` is each kind of store in turn, empty; `store` is it as voicekit reaches it; nobody waits long."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers import proxy
from stores import kinds

from voicekit import stores
from voicekit.patience import Patience
from voicekit.stores import Cap, Store
from voicekit.stores.careful import Careful

KINDS = ("folder", "sftp", "moto", "rgw", "rgw-tls")


@pytest.fixture
def hasty(monkeypatch) -> None:
    """As often as always, without the pauses."""
    monkeypatch.setattr(Careful, "patience", Patience(tries=8, first=0.02, longest=0.2, total=60))


@pytest.fixture(params=KINDS)
def kind(request, hasty, monkeypatch) -> kinds.Kind:
    def asked(name):
        return request.getfixturevalue(name)

    match request.param:
        case "folder":
            return kinds.folder(asked("remote_folder"))
        case "sftp":
            return kinds.sftp(asked("nas"), asked("remote_folder"))
        case "moto":  # knows neither keys nor digests
            return kinds.bucket("moto", asked("moto"), asked("moto_bucket"), frozenset({Cap.IF_ABSENT, Cap.REPLACE}))
        case "rgw-tls":
            monkeypatch.setenv("AWS_CA_BUNDLE", asked("rgw").ca)
            return kinds.bucket("rgw-tls", asked("rgw"), asked("rgw_bucket"), kinds.FOLDERS, asked("rgw").tls)
        case name:
            return kinds.bucket(name, asked("rgw"), asked("rgw_bucket"), kinds.FOLDERS)


@pytest.fixture
def reach() -> Iterator[Callable[..., Store]]:
    """`stores.reach`; in the end all are closed."""
    reached: list[Store] = []

    def reach(*where, **options) -> Store:
        reached.append(stores.reach(*where, **options))
        return reached[-1]

    yield reach
    for store in reached:
        store.close()


@pytest.fixture
def store(kind) -> Iterator[Store]:
    store = stores.reach(kind.address, caps=kind.caps)
    yield store
    store.close()


@pytest.fixture
def bare(kind) -> Iterator[Store]:
    """As its kind makes it: whatever fails is seen at once."""
    store = stores.bare(kind.address, Path(), kind.caps)
    yield store
    store.close()


@pytest.fixture
def between(kind) -> Iterator[tuple[Store, proxy.Proxy]]:
    """A store, and a proxy through which it is reached."""
    if not kind.proxied:
        pytest.skip("nothing can come between")
    with proxy.before(kind.server) as cutter:
        store = stores.reach(kind.proxied.format(port=cutter.port), caps=kind.caps)
        yield store, cutter
        cutter.heal()
        store.close()

"""What is purged is gone: every version, every mark of a deletion, every half of a killed run; and nothing else."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from voicekit import stores
from voicekit.stores import Body, Cap, read
from voicekit.stores.faults import DeniedError, LockedError

pytestmark = pytest.mark.usefixtures("hasty")
LOCKS = frozenset({Cap.DIGEST, Cap.VERSIONING, Cap.OBJECT_LOCK})


def test_purged_is_gone_and_what_begins_like_it_is_not(store):
    for key in ("a/b", "a/b.c", "a/bc", "a/a"):
        store.put(key, Body.of(b"one"))
        store.put(key, Body.of(b"two"))
    store.purge("a/b")
    store.purge("a/b")
    store.purge("nothing/here")
    assert [stat.key for stat in store.list()] == ["a/a", "a/b.c", "a/bc"]


def test_what_is_kept_stays_as_it_is(store):
    store.put("a", Body.of(b"one"))
    store.put("a", Body.of(b"two"))
    store.purge("a", keep=True)
    store.purge("nothing/here", keep=True)
    assert read(store, "a", 9) == b"two"


@pytest.fixture(params=["moto", "rgw"])
def versioned(request):
    """A client, a bucket with versions, and the store in a prefix of it."""
    server = request.getfixturevalue(request.param)
    with server.bucket() as bucket:
        client = server.client()
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        yield client, bucket, stores.reach(server.address(bucket, "p"))


def versions(client, bucket):
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket)
    found = [one for page in pages for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))]
    return sorted(one["Key"] for one in found)


def test_all_versions_go_and_those_of_others_stay(versioned):
    client, bucket, store = versioned
    for key in ("a", "a.b", "a/b", "ab"):
        for number in range(3):
            store.put(key, Body.of(f"{number}".encode()))
        store.delete(key)
    store.put("a", Body.of(b"again"))
    store.purge("a", keep=True)
    assert versions(client, bucket).count("p/a") == 1
    assert read(store, "a", 9) == b"again"
    store.purge("a")
    assert versions(client, bucket) == sorted(["p/a.b", "p/a/b", "p/ab"] * 4)


def test_more_versions_than_a_listing_has(versioned, monkeypatch):
    client, bucket, store = versioned
    for number in range(7):
        store.put("a", Body.of(f"{number}".encode()))
    store.put("ab", Body.of(b"x"))
    inner = store._store.client.get_paginator
    store._store.client.get_paginator = lambda name: Small(inner(name))
    store.purge("a", keep=True)
    assert versions(client, bucket) == ["p/a", "p/ab"]
    assert read(store, "a", 9) == b"6"


class Small:
    def __init__(self, inner):
        self.inner = inner

    def paginate(self, **where):
        return self.inner.paginate(**where, PaginationConfig={"PageSize": 2})


@pytest.fixture
def locking(rgw):
    with rgw.bucket(ObjectLockEnabledForBucket=True) as bucket:
        yield rgw.client(), bucket, stores.reach(rgw.address(bucket, "p"), caps=LOCKS)


def test_a_hold_resists_until_it_is_taken_away(locking):
    client, bucket, store = locking
    store.put("a", Body.of(b"one"))
    assert store.hold("a", on=True)
    with pytest.raises(LockedError, match="a lock forbids to delete it"):
        store.purge("a")
    assert read(store, "a", 9) == b"one"
    assert store.hold("a", on=False)
    store.purge("a")
    assert versions(client, bucket) == []


def test_what_is_not_locked_goes_all_the_same(locking):
    client, bucket, store = locking
    store.put("a", Body.of(b"one"))
    until = datetime.now(UTC) + timedelta(days=1)
    client.put_object_retention(Bucket=bucket, Key="p/a", Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until})
    store.put("a", Body.of(b"two"))
    with pytest.raises(LockedError, match="1 of 2"):
        store.purge("a")
    assert versions(client, bucket) == ["p/a"]


def test_who_may_not_delete_is_denied_and_not_told_of_locks(rgw, rgw_bucket, monkeypatch):
    stores.reach(rgw.address(rgw_bucket)).put("a", Body.of(b"one"))
    for name, value in zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), rgw.other_keys, strict=True):
        monkeypatch.setenv(name, value)
    with pytest.raises(DeniedError) as caught:
        stores.reach(rgw.address(rgw_bucket)).purge("a")
    assert not isinstance(caught.value, LockedError)


def test_without_locks_a_hold_is_not_enforced(store):
    store.put("a", Body.of(b"one"))
    assert store.hold("a", on=True) is False
    store.purge("a")
    assert list(store.list()) == []


def test_what_a_killed_put_left_goes_and_what_is_under_way_stays(tmp_path):
    store = stores.reach(f"file:{tmp_path}")
    store.put("a", Body.of(b"x"))
    staging = tmp_path / ".voicekit/tmp"
    killed = "import os, sys\nfrom voicekit import stores\nfrom voicekit.stores.folder import Local\n"
    killed += "Local.place = lambda *_, **__: os._exit(9)\nstores.reach('file:' + sys.argv[1])"
    killed += ".put('b', stores.Body.of(b'left'))"
    assert subprocess.run([sys.executable, "-c", killed, tmp_path], check=False).returncode == 9
    left = len(list(staging.iterdir()))  # the hash beside it too
    assert left
    with store._store._files.staged("c", [b"under way"]):
        store.purge("a")
        assert len(list(staging.iterdir())) == left + 1
    store.purge("a")
    assert not list(staging.iterdir())

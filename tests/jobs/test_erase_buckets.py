"""calls hold and erase on a real server: versions go too, and where a lock forbids it the key does."""

from datetime import UTC, datetime, timedelta

import pytest
from calls.archives import HOUR, WEEK, Workspace, codes, lay, sound
from calls.erasing import erase, hold, nowhere, of, plan, unhold

from voicekit.calls.pages import Page
from voicekit.jobs import check_store
from voicekit.outcome import Verdict

ANNA = "79165550001"


def archived(tmp_path, where):
    for number, caller, age in ((1, ANNA, HOUR), (2, ANNA, 2 * WEEK), (3, "79165550002", 2 * WEEK)):
        name = f"2026/11/20/in-74951234567-{caller}-20261120-120000-1795419{number:03}.{number}.wav"
        lay(tmp_path / "spool", name, sound(number), age)
    one = Workspace(tmp_path / "one", tmp_path / "spool", where, more='country = "RU"')
    list(check_store.apply(where, one.root, one.settings.verdicts, "2026-11-30"))
    assert codes(one.archive()).count("archived") == 3
    return one


def versions(client, bucket, prefix=""):
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    return [one for page in pages for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))]


def in_pages(client, bucket):
    """The recordings in any version of any page."""
    found = set()
    for one in versions(client, bucket, "p/meta/"):
        data = client.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
        found |= Page.parse(data, one["Key"]).entries.keys()
    return found


@pytest.fixture
def bucket(rgw):
    """One with Object Lock, and so with versions."""
    with rgw.bucket(ObjectLockEnabledForBucket=True) as name:
        yield name


def test_erased_has_no_version_left(tmp_path, rgw, bucket):
    client = rgw.client()
    one = archived(tmp_path, rgw.address(bucket, "p"))
    for stored in versions(client, bucket, "p/calls/"):  # as a repair puts it again
        where = {"Bucket": bucket, "Key": stored["Key"]}
        found = client.get_object(**where)
        client.put_object(**where, Body=found["Body"].read(), Metadata=found["Metadata"])
    assert len(versions(client, bucket, "p/calls/")) == 6
    assert len(in_pages(client, bucket)) == 3
    assert [outcome.detail for outcome in plan(one, of(ANNA)) if "with all former versions" in outcome.detail]
    said = erase(one, of(ANNA))
    assert codes(said).count("erased") == 2
    assert not [outcome for outcome in said if outcome.verdict is Verdict.FAILED]
    assert len(versions(client, bucket, "p/calls/")) == 2
    assert len(in_pages(client, bucket)) == 1
    assert codes(one.verify()) == ["verified"]
    assert nowhere(one, [ANNA.encode(), ANNA.encode()[::-1]]) == set()


def test_where_a_lock_keeps_the_sound_its_key_is_gone_and_it_says_so(tmp_path, rgw, bucket):
    client = rgw.client()
    one = archived(tmp_path, rgw.address(bucket, "p"))
    until = datetime.now(UTC) + timedelta(days=1)
    for sound_ in versions(client, bucket, "p/calls/"):
        client.put_object_retention(
            Bucket=bucket, Key=sound_["Key"], Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until}
        )
    said = erase(one, of(ANNA))
    erased = [outcome for outcome in said if outcome.code == "erased"]
    assert len(erased) == 2
    assert all("a lock keeps its sealed sound; its key is destroyed" in outcome.detail for outcome in erased)
    text = next(outcome.data["text"] for outcome in said if outcome.code == "certificate")
    assert text.count("a lock keeps the sealed sound") == text.count("ключ уничтожен") == 2
    assert len(versions(client, bucket, "p/calls/")) == 3
    assert len(in_pages(client, bucket)) == 1
    assert codes(one.verify()) == ["verified"]
    assert codes(erase(one)) == ["none"]


@pytest.mark.faults
def test_where_a_lock_keeps_the_key_it_is_not_erased_until_the_lock_is_over(tmp_path, rgw, bucket):
    """A default retention of the bucket locks pages too: voicekit can't erase there, and has to say so each time."""
    client = rgw.client()
    one = archived(tmp_path, rgw.address(bucket, "p"))
    until = datetime.now(UTC) + timedelta(days=1)
    (page,) = versions(client, bucket, "p/meta/")
    where = {"Bucket": bucket, "Key": page["Key"], "VersionId": page["VersionId"]}
    client.put_object_retention(**where, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until})
    for _ in range(2):
        failed = [outcome for outcome in erase(one, of(ANNA)) if outcome.verdict is Verdict.FAILED]
        assert {outcome.code for outcome in failed} == {"not-erased"}
        assert all("a lock forbids to delete it" in outcome.detail for outcome in failed)
    client.delete_object(**where, BypassGovernanceRetention=True)
    assert codes(erase(one)).count("erased") == 2
    assert len(in_pages(client, bucket)) == 1


def test_the_store_enforces_a_hold(tmp_path, rgw, bucket):
    client = rgw.client()
    one = archived(tmp_path, rgw.address(bucket, "p"))
    said = hold(one, of(ANNA))
    assert codes(said) == ["held", "held"]
    locked = [
        one["Key"]
        for one in versions(client, bucket, "p/calls/")
        if client.head_object(Bucket=bucket, Key=one["Key"]).get("ObjectLockLegalHoldStatus") == "ON"
    ]
    assert len(locked) == 2
    assert codes(erase(one, of(ANNA))) == ["on-hold"] * 2
    assert codes(unhold(one)) == ["unheld"] * 2
    erased = [outcome.detail for outcome in erase(one, of(ANNA)) if outcome.code == "erased"]
    assert erased == ["its sound, key and sidecar"] * 2
    assert len(versions(client, bucket, "p/calls/")) == 1


@pytest.mark.faults
def test_a_closer_of_a_case_who_was_killed_keeps_no_lock(tmp_path, rgw, bucket, monkeypatch):
    client = rgw.client()
    one = archived(tmp_path, rgw.address(bucket, "p"))
    hold(one, of(ANNA))
    with one.reach() as store, monkeypatch.context() as killed:
        killed.setattr(type(store), "hold", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            unhold(one)
    assert codes(erase(one, of(ANNA))).count("erased") == 2
    assert len(versions(client, bucket, "p/calls/")) == 1

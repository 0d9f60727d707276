"""What `store check` says of real servers is what they do; it leaves nothing behind, and is remembered."""

import json

import pytest

from voicekit import stores
from voicekit.stores import Cap, probe, s3_probe, verdicts
from voicekit.stores.probe import Seen

ALL = frozenset(Cap)


def answers(where, tmp_path):
    store = stores.bare(where, tmp_path, ALL)
    return {name: answer.seen for name, answer in probe.probe(store)}


def test_a_folder(tmp_path):
    assert answers("file:.", tmp_path) == {
        "basics": Seen.WORKS,
        "listing": Seen.WORKS,
        "put if absent": Seen.ENFORCED,
        "replace": Seen.ENFORCED,
    }
    assert list(stores.reach("file:.", tmp_path).list()) == []


def test_a_plain_bucket_of_ceph(rgw, rgw_bucket, tmp_path):
    assert answers(rgw.address(rgw_bucket, "deep/er"), tmp_path) == {
        "basics": Seen.WORKS,
        "listing": Seen.WORKS,
        "put if absent": Seen.ENFORCED,
        "replace": Seen.ENFORCED,
        "digest": Seen.ENFORCED,
        "clock": Seen.WORKS,
        "private": Seen.ENFORCED,
        "versioning": Seen.OFF,
        "object lock": Seen.OFF,
        "lifecycle": Seen.ENFORCED,
        "encryption": Seen.OFF,
    }
    assert "Contents" not in rgw.client().list_objects_v2(Bucket=rgw_bucket)


def test_on_a_bucket_with_versions_ceph_ignores_conditions(rgw, tmp_path, monkeypatch):
    """objectstore.md: `If-None-Match` is ignored there. And object lock is what it says."""
    with rgw.bucket(ObjectLockEnabledForBucket=True) as bucket:
        seen = answers(rgw.address(bucket), tmp_path)
    assert {name: seen[name] for name in ("put if absent", "replace", "versioning", "object lock")} == {
        "put if absent": Seen.IGNORED,
        "replace": Seen.IGNORED,
        "versioning": Seen.ENFORCED,
        "object lock": Seen.ENFORCED,
    }


def test_a_server_that_checks_no_digest_is_told(moto, moto_bucket, tmp_path):
    assert answers(moto.address(moto_bucket), tmp_path)["digest"] is Seen.IGNORED


def test_a_bucket_that_anybody_reads_is_a_fault(rgw, rgw_bucket, tmp_path):
    anybody = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{rgw_bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    rgw.client().put_bucket_policy(Bucket=rgw_bucket, Policy=policy)
    assert answers(rgw.address(rgw_bucket), tmp_path)["private"] is Seen.FAULTY


@pytest.mark.parametrize(
    ("rule", "seen"),
    [
        ({"Filter": {"Prefix": "blobs/"}, "Expiration": {"Days": 30}}, Seen.FAULTY),
        ({"Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}, Seen.FAULTY),
        ({"Filter": {"Prefix": "blobs/"}, "NoncurrentVersionExpiration": {"NoncurrentDays": 9}}, Seen.ENFORCED),
        ({"Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}, Seen.ENFORCED),
        ({"Filter": {"Tag": {"Key": "a", "Value": "b"}}, "Expiration": {"Days": 1}}, Seen.ENFORCED),
    ],
)
def test_a_rule_that_deletes_what_is_kept_is_a_fault(rgw, rgw_bucket, tmp_path, rule, seen):
    rules = {"Rules": [{"ID": "tidy", "Status": "Enabled", **rule}]}
    rgw.client().put_bucket_lifecycle_configuration(Bucket=rgw_bucket, LifecycleConfiguration=rules)
    assert answers(rgw.address(rgw_bucket), tmp_path)["lifecycle"] is seen


@pytest.mark.parametrize(
    ("theirs", "ours", "expires"),
    [
        ("", "", True),
        ("", "a/", True),
        ("a/", "", True),
        ("a/b", "a/", True),
        ("b/", "a/", False),
        ("a/", "a/b/", True),
    ],
)
def test_whose_objects_a_rule_concerns(theirs, ours, expires):
    rule = {"Status": "Enabled", "Filter": {"Prefix": theirs}, "Expiration": {"Days": 1}}
    assert s3_probe._expires(rule, ours) is expires
    assert not s3_probe._expires({**rule, "Status": "Disabled"}, ours)


def test_a_store_that_is_none_is_asked_nothing_more(rgw, tmp_path):
    assert answers(rgw.address("no-such-bucket"), tmp_path) == {"basics": Seen.FAULTY}


class Forgetful:
    """A folder that lists nothing, or keeps other bytes."""

    def __init__(self, store, **faults):
        self._store, self.faults = store, faults
        self.name, self.caps = store.name, store.caps

    def __getattr__(self, name):
        return self.faults.get(name) or getattr(self._store, name)


@pytest.mark.parametrize(
    ("faults", "last"),
    [
        ({"list": lambda *_, **__: iter(())}, "listing"),
        ({"delete": lambda key: None}, "basics"),
        ({"stat": lambda key: None}, "basics"),
    ],
)
def test_a_store_with_a_basic_fault_is_told(tmp_path, faults, last):
    store = Forgetful(stores.bare("file:.", tmp_path, ALL), **faults)
    seen = [(name, answer.seen) for name, answer in probe.probe(store)]
    assert seen[-1] == (last, Seen.FAULTY)


def test_what_takes_conditions_without_effect_is_told(tmp_path):
    folder = stores.bare("file:.", tmp_path, ALL)
    faults = {
        "put": lambda key, body, if_absent=False: folder.put(key, body),
        "replace": lambda key, body, expected: folder.put(key, body),
    }
    seen = dict(probe.probe(Forgetful(folder, **faults)))
    assert seen["put if absent"].detail == "of 8 at one time, 8, 8, 8 were told yes"
    assert {seen[name].seen for name in ("put if absent", "replace")} == {Seen.IGNORED}


def test_it_is_remembered_for_the_workspace(site, run, tmp_path):
    (site.root / "nas").mkdir()
    assert run("store", "check", "file:nas", "-C", site.root).code == 0
    workspace = site.load()
    assert verdicts.caps(workspace.verdicts, "file:nas") == {Cap.IF_ABSENT, Cap.REPLACE}
    assert len(verdicts.checked(workspace.verdicts, "file:nas")) == 10
    assert verdicts.caps(workspace.verdicts, "file:other") == frozenset()


@pytest.mark.parametrize("damage", [b"", b"[]", b"{", b'{"file:nas": 3}', b"\xff"])
def test_a_damaged_memory_is_none(tmp_path, damage):
    path = tmp_path / "stores.json"
    path.write_bytes(damage)
    assert verdicts.caps(path, "file:nas") == frozenset()
    verdicts.save(path, "file:nas", frozenset({Cap.REPLACE}), "2026-03-01")
    assert verdicts.caps(path, "file:nas") == {Cap.REPLACE}


def test_a_store_that_faulted_is_not_remembered(site, run):
    ran = run("store", "check", "file:away", "-C", site.root, "--json")
    assert (ran.code, ran.counts) == (3, {"faulty": 1})
    assert not site.load().verdicts.exists()


def test_outside_of_a_workspace_an_address_is_enough(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("store", "check", f"file:{tmp_path}").code == 0
    ran = run("store", "check", "main")
    assert (ran.code, "no address of a store" in ran.err) == (4, True)


def test_names_of_stores_are_those_of_the_workspace(site, run):
    site.write("voicekit.toml", (site.root / "voicekit.toml").read_text() + '[stores]\nnas = "file:nas"\n')
    (site.root / "nas").mkdir()
    assert run("store", "check", "nas", "-C", site.root).code == 0
    ran = run("store", "check", "nos", "-C", site.root)
    assert (ran.code, 'did you mean "nas"?' in ran.err) == (4, True)


@pytest.mark.parametrize("text", ['"nowhere"', '"s3://u:secret@b"', "3", '"file:"'])
def test_a_wrong_address_is_refused_with_its_line_and_no_secret(site, run, text):
    site.write("voicekit.toml", (site.root / "voicekit.toml").read_text() + f"[stores]\nnas = {text}\n")
    ran = run("status", "-C", site.root)
    assert ran.code == 4
    assert "voicekit.toml:1" in ran.err
    assert "secret" not in ran.err

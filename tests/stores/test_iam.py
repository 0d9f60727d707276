"""The policies of docs/iam.md, on a real server: each lets its user do just what the page says."""

import json
import re

import pytest
from calls.archives import WEEK, Workspace, lay, name, sound, tree
from docs.blocks import ROOT

from voicekit import stores
from voicekit.errors import VoicekitError
from voicekit.stores import Body
from voicekit.stores.faults import DeniedError

USER = "arn:aws:iam:::user/reader"  # tests/servers/start-rgw.sh makes it
TEXT = (ROOT / "docs/iam.md").read_text("utf-8")
POLICIES = dict(re.findall(r"^## (\w+)\n.*?^```json\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
HERE = {
    "releases/x/manifest.jsonl",
    "blobs/x",
    "masters/x.flac",
    "channels/x.json",
    "calls/x",
    "meta/x",
    "keys/x",
    "ledger/x",
    "gc/x.json",
    "notes/x",
}
PROMPTS = {key for key in HERE if key.startswith(("releases", "blobs", "masters", "channels"))}
MAY = {
    "Publisher": {"read": PROMPTS | {"gc/x.json"}, "write": PROMPTS, "list": True},
    "Reader": {"read": PROMPTS - {"masters/x.flac"}, "write": set(), "list": True},
    "Recorder": {"read": HERE - PROMPTS - {"gc/x.json"}, "write": HERE - PROMPTS - {"gc/x.json"}, "list": True},
    "Eraser": {
        "read": HERE,
        "write": {"meta/x", "notes/x", "ledger/x"},
        "list": True,
        "delete": {"calls/x", "meta/x", "notes/x"},
    },
    "Auditor": {"read": HERE, "write": set(), "list": True},
}


def allowed(act, *args):
    """Whether the server lets it; every other complaint than a refusal is a fault."""
    try:
        result = act(*args)
        if hasattr(result, "blocks"):
            b"".join(result)
        elif result is not None:
            list(result)
    except DeniedError:
        return False
    except VoicekitError as error:
        raise AssertionError(error) from error
    return True


def test_the_page_has_them_all():
    assert POLICIES.keys() == MAY.keys()


def become(role, rgw, bucket, monkeypatch):
    """From now on this process is another user, to whom the page's policy applies."""
    policy = POLICIES[role].replace("BUCKET", bucket).replace("USER", USER)
    assert all(statement["Effect"] == "Allow" for statement in json.loads(policy)["Statement"])
    rgw.client().put_bucket_policy(Bucket=bucket, Policy=policy)
    for variable, value in zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), rgw.other_keys, strict=True):
        monkeypatch.setenv(variable, value)


@pytest.mark.parametrize("role", MAY)
def test_a_role_may_do_what_the_page_says_and_no_more(role, rgw, rgw_bucket, monkeypatch):
    where = rgw.address(rgw_bucket)
    owner = stores.reach(where)
    for key in HERE:
        owner.put(key, Body.of(b"mine"))
    become(role, rgw, rgw_bucket, monkeypatch)
    theirs = stores.reach(where)
    assert {key for key in HERE if allowed(theirs.open, key)} == MAY[role]["read"]
    assert {key for key in HERE if allowed(theirs.put, key, Body.of(b"theirs"))} == MAY[role]["write"]
    assert allowed(theirs.list) is MAY[role]["list"]
    deletes = MAY[role].get("delete", set())
    assert {key for key in HERE if allowed(theirs.delete, key)} == deletes
    assert {stat.key for stat in owner.list()} == HERE - deletes


def test_without_a_policy_nothing_is_allowed(rgw, rgw_bucket, monkeypatch):
    where = rgw.address(rgw_bucket)
    stores.reach(where).put("blobs/x", Body.of(b"mine"))
    for variable, value in zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), rgw.other_keys, strict=True):
        monkeypatch.setenv(variable, value)
    theirs = stores.reach(where)
    assert not allowed(theirs.open, "blobs/x")
    assert not allowed(theirs.put, "blobs/x", Body.of(b""))
    assert not allowed(theirs.list)


def test_a_publisher_publishes_and_a_reader_fetches(site, run, revoice, rgw, rgw_bucket, monkeypatch):
    revoice()
    where = rgw.address(rgw_bucket)
    become("Publisher", rgw, rgw_bucket, monkeypatch)
    at = ("--store", where, "-C", site.root)
    for command in (("build", "-C", site.root), ("push", *at), ("promote", "last", "production", "--by", "Ann", *at)):
        assert run("release", *command).code == 0
    assert run("release", "promote", "last", "production", "--by", "Ann", *at).code == 0
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", rgw.keys[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", rgw.keys[1])
    become("Reader", rgw, rgw_bucket, monkeypatch)
    assert run("release", "pull", "production", "--no-masters", *at).code == 0
    assert run("release", "verify", "production", "--no-masters", *at).code == 0
    assert run("release", "push", *at, "--json").code == 0  # all of it is there
    assert run("release", "promote", "last", "staging", "--by", "Ann", *at).code == 6


def test_a_recorder_archives_verifies_and_frees(run, rgw, rgw_bucket, tmp_path, monkeypatch):
    become("Recorder", rgw, rgw_bucket, monkeypatch)
    one = Workspace(tmp_path / "one", tmp_path / "spool", rgw.address(rgw_bucket))
    for number in range(3):
        lay(one.spool, name(number), sound(number), 3 * WEEK)
    done = run("calls", "archive", "-C", one.root)
    assert done.code == 0
    assert "FAILED" not in done.out
    assert "3 archived" in done.out
    assert run("calls", "verify", "-C", one.root).code == 0
    assert not tree(one.spool)

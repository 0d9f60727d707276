"""What a real S3 server does, and does not: the traps that an imitation does not have."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore.auth
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from servers import proxy

from voicekit import stores
from voicekit.errors import StoreError
from voicekit.patience import Patience
from voicekit.stores import Body, Cap, probe, s3, s3_requests
from voicekit.stores.careful import Careful
from voicekit.stores.faults import ClockError, ConflictError, DeniedError
from voicekit.stores.s3_faults import explained

EVERYTHING = frozenset({Cap.DIGEST, Cap.IF_ABSENT, Cap.REPLACE})

pytestmark = pytest.mark.usefixtures("hasty")


@pytest.fixture
def reached(rgw, rgw_bucket):
    """`reached(endpoint)`: the store in an empty bucket."""
    return lambda endpoint="", caps=EVERYTHING: stores.reach(rgw.address(rgw_bucket, "p", endpoint), caps=caps)


# TLS


def test_over_tls_the_trailer_that_boto3_adds_is_refused_and_ours_is_not(rgw, rgw_bucket, reached, monkeypatch):
    default = rgw.client(endpoint=rgw.tls, verify=rgw.ca, config=Config(s3={"addressing_style": "path"}))
    with pytest.raises(ClientError, match="MissingContentLength"):
        default.put_object(Bucket=rgw_bucket, Key="a", Body=b"x")
    monkeypatch.setenv("AWS_CA_BUNDLE", rgw.ca)
    store = reached(rgw.tls)
    store.put("a", Body.of(b"x"))
    assert stores.read(store, "a", 1) == b"x"


@pytest.mark.parametrize("variable", ["AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"])
def test_the_environment_can_not_bring_the_trailer_back(rgw, reached, monkeypatch, variable):
    monkeypatch.setenv(variable, "when_supported")
    monkeypatch.setenv("AWS_CA_BUNDLE", rgw.ca)
    reached(rgw.tls).put("a", Body.of(b"x"))


def test_a_certificate_of_nobody_known_is_refused_at_once(rgw, reached, monkeypatch):
    asked = []
    monkeypatch.setattr(Careful, "patience", Patience(tries=8, sleep=asked.append))
    with pytest.raises(StoreError, match=r"certificate is not valid, nothing was sent; set AWS_CA_BUNDLE"):
        reached(rgw.tls).put("a", Body.of(b"x"))
    assert not asked


def test_a_certificate_of_another_server_is_refused(rgw, rgw_bucket, monkeypatch):
    """That of 127.0.0.1 and localhost, shown by who is called otherwise."""
    monkeypatch.setenv("AWS_CA_BUNDLE", rgw.ca)
    with proxy.before(rgw.tls, at="127.0.0.2") as other:
        store = stores.reach(rgw.address(rgw_bucket, "", f"https://{other.at}:{other.port}"))
        with pytest.raises(StoreError, match="certificate is not valid, nothing was sent"):
            store.put("a", Body.of(b""))


# Digests


def test_a_wrong_content_md5_is_refused(rgw, rgw_bucket):
    """What the claim of DIGEST rests on. A wrong SHA-256 in a checksum header it takes."""
    client = rgw.client()
    with pytest.raises(ClientError, match="BadDigest"):
        client.put_object(Bucket=rgw_bucket, Key="a", Body=b"x", ContentMD5=Body.of(b"y").md5)
    assert "Contents" not in client.list_objects_v2(Bucket=rgw_bucket)
    client.put_object(Bucket=rgw_bucket, Key="a", Body=b"x", ChecksumSHA256="A" * 43 + "=")
    assert client.list_objects_v2(Bucket=rgw_bucket)["KeyCount"] == 1


def test_our_client_sends_content_md5(rgw, rgw_bucket, monkeypatch):
    store, sent = stores.bare(rgw.address(rgw_bucket), Path(), EVERYTHING), []
    http = store.client._endpoint.http_session
    monkeypatch.setattr(http, "send", lambda request, send=http.send: sent.append(request.headers) or send(request))
    store.put("a", Body.of(b"x"))
    assert [headers["Content-MD5"] for headers in sent] == [Body.of(b"x").md5]
    assert sent[0]["X-Amz-Content-SHA256"] == Body.of(b"x").sha256


def test_bytes_that_were_altered_on_their_way_are_refused(reached):
    """After the signature: of a body that is other when it is read again, as one that is not small is."""
    store, data = reached(), bytes(s3.SMALL + 1)

    class Altered(io.BytesIO):
        def seek(self, *where):
            if self.tell() == len(data):  # it was read for the signature
                self.getbuffer()[500] ^= 1
            return super().seek(*where)

    with pytest.raises(StoreError, match=r"XAmzContentSHA256Mismatch|BadDigest"):
        store.put("a", replace(Body.of(data), open=lambda: Altered(data)))
    assert store.stat("a") is None


# Conditions


def test_if_none_match_is_ignored_where_there_are_versions(rgw, rgw_bucket, reached):
    """So a store with versions must not be claimed to enforce it; without the claim voicekit looks by itself."""
    rgw.client().put_bucket_versioning(Bucket=rgw_bucket, VersioningConfiguration={"Status": "Enabled"})
    claimed = reached()
    claimed.put("a", Body.of(b"one"), if_absent=True)
    claimed.put("a", Body.of(b"two"), if_absent=True)
    assert stores.read(claimed, "a", 9) == b"two"
    honest = reached(caps=frozenset())
    with pytest.raises(ConflictError):
        honest.put("a", Body.of(b"three"), if_absent=True)
    answers = dict(probe.probe(stores.bare(rgw.address(rgw_bucket, "q"), Path(), EVERYTHING)))
    assert answers["put if absent"].cap is None or answers["put if absent"].seen is not probe.Seen.ENFORCED


def test_if_match_wants_the_tag_without_quotes(rgw, rgw_bucket, reached):
    client, store = rgw.client(), reached()
    store.put("a", Body.of(b"one"))
    tag = client.head_object(Bucket=rgw_bucket, Key="p/a")["ETag"]
    assert tag == f'"{store.stat("a").tag}"'
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client.put_object(Bucket=rgw_bucket, Key="p/a", Body=b"two", IfMatch=tag)
    client.put_object(Bucket=rgw_bucket, Key="p/a", Body=b"two", IfMatch=tag.strip('"'))


def test_a_put_that_was_timed_out_and_stored_meets_its_own(rgw, rgw_bucket, monkeypatch):
    """The server takes it, and its answer never comes."""
    monkeypatch.setattr(s3, "Config", lambda **options: Config(**{**options, "read_timeout": 0.5}))
    with proxy.before(rgw.endpoint) as between:
        store = stores.reach(rgw.address(rgw_bucket, "p", between.url), caps=EVERYTHING)
        between.stalls = 2
        store.put("a", Body.of(b"x"), if_absent=True)
        assert between.held == 2
        assert stores.read(store, "a", 1) == b"x"


# Errors


def test_a_server_that_is_asked_too_much_is_survived(rgw, reached, monkeypatch):
    """It takes two requests at a time, and turns others away with 503 SlowDown."""
    monkeypatch.setattr(Careful, "patience", Patience(tries=20, first=0.05, longest=1.0, total=60))
    turned_away = []
    monkeypatch.setattr(s3, "explained", lambda *what: turned_away.append(what[0]) or explained(*what))
    store = reached(rgw.throttled)
    with ThreadPoolExecutor(16) as crew:
        list(crew.map(lambda number: store.put(f"{number:03}", Body.of(b"x" * 100_000)), range(64)))
    assert [stat.key for stat in store.list()] == [f"{number:03}" for number in range(64)]
    assert any("SlowDown" in str(error) for error in turned_away)


def test_without_patience_it_says_what_it_met(rgw, reached, monkeypatch):
    monkeypatch.setattr(Careful, "patience", Patience(tries=1))
    store = reached(rgw.throttled)

    def put(number: int) -> str:
        try:
            store.put(f"{number:03}", Body.of(b"x" * 300_000))
        except StoreError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(16) as crew:
        said = set(filter(None, crew.map(put, range(64))))
    assert any("503 SlowDown" in one and "try again later" in one for one in said)


def test_keys_of_nobody_and_secrets_that_are_wrong(rgw, reached, monkeypatch):
    for name, value in (("AWS_SECRET_ACCESS_KEY", "wrong"), ("AWS_ACCESS_KEY_ID", "NOBODY")):
        monkeypatch.setenv(name, value)
        with pytest.raises(DeniedError, match="check the access keys") as caught:
            reached().put("a", Body.of(b""))
        assert value not in str(caught.value)


def test_no_keys_at_all(reached, monkeypatch):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(DeniedError, match="there are no access keys"):
        reached().put("a", Body.of(b""))


def test_a_bucket_of_somebody_else(rgw, reached, monkeypatch):
    key, secret = rgw.other_keys
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    store = reached()
    for ask in (
        lambda: store.put("a", Body.of(b"")),
        lambda: list(store.list()),
        lambda: store.open("a"),
        lambda: store.stat("a"),
        lambda: store.delete("a"),
    ):
        with pytest.raises(DeniedError):
            ask()


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_is_wrong(reached, monkeypatch, hours):
    wrong = datetime.now(UTC) + timedelta(hours=hours)

    class Wrong(datetime):
        @classmethod
        def now(cls, tz=None):
            return wrong

    with monkeypatch.context() as clock:
        clock.setattr(s3_requests, "datetime", Wrong)
        clock.setattr(botocore.auth, "get_current_datetime", lambda **_: wrong.replace(tzinfo=None))
        for ask in (lambda: reached().put("a", Body.of(b"")), lambda: list(reached().list("a"))):
            with pytest.raises(ClockError, match="set this machine's clock"):
                ask()

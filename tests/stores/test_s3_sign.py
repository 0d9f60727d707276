"""Our signatures are botocore's."""

from datetime import UTC, datetime

import botocore.auth
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from voicekit.stores.s3_sign import signed

WORDS = st.text('abcdefXYZ0189/+=-_.~*" ', min_size=1, max_size=40).map(str.strip).filter(bool)
NAMES = st.sampled_from(["Content-MD5", "Content-Length", "If-None-Match", "Range", "x-amz-meta-sha256", "Expect"])
PATHS = st.text("abcXYZ019/-_.~", max_size=60).map(lambda text: f"/bucket/{text}")
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))


@given(
    st.sampled_from(["PUT", "GET"]),
    PATHS,
    st.dictionaries(NAMES, WORDS),
    st.binary(max_size=100),
    st.builds(ReadOnlyCredentials, WORDS, WORDS, st.none() | WORDS),
    st.sampled_from(["us-east-1", "ru-central1", "default"]),
    MOMENTS,
)
def test_it_signs_as_botocore_does(method, path, headers, body, who, region, at):
    told = {**headers, "Host": "127.0.0.1:7480", "User-Agent": "voicekit"}
    theirs = AWSRequest(method, f"http://127.0.0.1:7480{path}", told, body)
    theirs.context["payload_signing_enabled"] = True
    before = botocore.auth.get_current_datetime
    botocore.auth.get_current_datetime = lambda **_: at.replace(tzinfo=None)
    try:
        S3SigV4Auth(who, "s3", region).add_auth(theirs)
    finally:
        botocore.auth.get_current_datetime = before
    sha256 = theirs.headers["X-Amz-Content-SHA256"]
    ours = signed(method, path, told, sha256, who, region, at)
    assert {name.lower(): value for name, value in ours.items()} == {
        name.lower(): value for name, value in theirs.headers.items()
    }

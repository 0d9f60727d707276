"""Encryption by the store itself: asked for with every put, and what the store says of it is believed to be no MD5."""

import pytest

from voicekit import stores
from voicekit.errors import InputError
from voicekit.stores import Body


@pytest.mark.parametrize("sse", ["AES256", "aws:kms"])
def test_every_put_asks_for_it(moto, moto_bucket, sse):
    store = stores.reach(f"s3://{moto_bucket}/x?endpoint_url={moto.endpoint}&sse={sse}")
    store.put("one", Body.of(b"1"))
    store.put("two", Body.of(b"2"), if_absent=True)
    store.replace("one", Body.of(b"3"), store.stat("one").tag)
    for key in ("x/one", "x/two"):
        assert moto.client().head_object(Bucket=moto_bucket, Key=key)["ServerSideEncryption"] == sse
    assert stores.read(store, "one", 9) == b"3"
    store.close()


def test_none_is_asked_for_unless_it_is_said(moto, moto_bucket):
    store = stores.reach(f"s3://{moto_bucket}/y?endpoint_url={moto.endpoint}")
    store.put("one", Body.of(b"1"))
    assert moto.client().head_object(Bucket=moto_bucket, Key="y/one").get("ServerSideEncryption") in (None, "AES256")
    store.close()


def test_another_word_is_refused():
    with pytest.raises(InputError, match="sse is AES256 or aws:kms"):
        stores.reach("s3://bucket/x?sse=rot13")

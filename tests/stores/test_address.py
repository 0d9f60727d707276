"""An address is one line without secrets; what is wrong with it is said at once, before anything is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicekit import stores
from voicekit.errors import InputError
from voicekit.stores import address, keys


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("main", "no address of a store"),
        ("s3:bucket", "no address of a store"),
        ("file:", "no address of a store"),
        ("file://host/share", "no address of a store"),
        ("s3://bucket/a#b", "no address of a store"),
        ("s3://bucket?x", "no address of a store"),
        ("s3://[", "no address of a store"),
        ("ftp://host/x", "unknown kind of store"),
        ("s4://bucket", "known: file, s3, sftp"),
        ("s3://key:secret@bucket", "holds a password"),
        ("sftp://u:secret@nas/x", "holds a password"),
        ("s3://Bucket", "no name of a bucket"),
        ("s3://b/x?endpoint=http://a", 'did you mean "endpoint_url"'),
        ("s3://buck/x?endpoint_url=http://example.com", "everybody on the way"),
        ("s3://buck/x?endpoint_url=https://u:secret@h", "holds a password"),
        ("s3://buck/x?endpoint_url=https://u:secret@h/&regio=x", "holds a password"),
        ("s3://buck/x?endpoint_url=https%3A//u%3Asecret%40h/&regio=x", "holds a password"),
        ("s3://buck/x?endpoint_url=https://secret@h", "holds a password"),
        ("s3://AKIAQ7:wJal/K7/secret@bucket/p", "s3:...: holds a password"),
        ("s3://AKIAQ7:w?secret#x@bucket/p", "holds a password"),
        ("s3://AKIAQ7:[secret@bucket", "holds a password"),
        ("sftp://u:pa#secret@h/x", "sftp:...: holds a password"),
        ("sftp://u%3Asecret%40h/x", "holds a password"),
        ("sftp://u%3Asecret@h/x", "holds a password"),
        ("s3://AKIAQ7:secret", "s3:... is no address"),
        ("user:secret@nas", "user:... is no address"),
        ("s3://buck?aws_secret_access_key=abc/secret", "s3:...: holds a password"),
        ("file:/x?password=secret", "file:...: holds a password"),
        ("file:/x?pass=secret", 'file:...: unknown option "pass"'),
        ("ftp://host/x?pass=secret", "unknown kind of store"),
        ("s3://buck/x?endpoint_url=nothing", "is no address"),
        ("file:x?y=z", 'unknown option "y"'),
    ],
)
def test_what_is_wrong_with_it_is_said(text, why):
    with pytest.raises(InputError, match=why) as caught:
        stores.reach(text)
    assert "secret" not in str(caught.value)


def test_a_folder_is_found_from_where_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/anna")
    assert address.parse("file:nas", tmp_path).path == f"{tmp_path}/nas"
    assert address.parse("file:/srv/a%20b", tmp_path).path == "/srv/a b"
    assert address.parse("file:~/nas", tmp_path).path == "/home/anna/nas"


def test_a_colon_and_an_at_of_a_path_can_be_written(tmp_path):
    assert address.parse("file:/srv/a%3Ab%40c").path == "/srv/a:b@c"
    assert address.parse("sftp://u@nas:22/x").place == "u@nas:22"


@pytest.mark.parametrize("where", ["s3://AKIAQ7:wJal/K7/secret@bucket/p", "s3://b?aws_secret_access_key=secret"])
def test_one_with_a_password_is_refused_where_it_is_kept(site, where):
    """So none can get into a handover, nor into what commands say."""
    site.write("voicekit.toml", (site.root / "voicekit.toml").read_text() + f'[stores]\nmain = "{where}"\n')
    with pytest.raises(InputError, match=r"voicekit\.toml:\d+.*holds a password") as caught:
        site.load()
    assert "/secret" not in str(caught.value)
    assert "=secret" not in str(caught.value)


def test_messages_name_it_without_options():
    where = address.parse("s3://bucket/acme?endpoint_url=https://s3.example&profile=acme")
    assert (where.name, where.place, where.path) == ("s3://bucket/acme", "bucket", "/acme")
    assert where.options == {"endpoint_url": "https://s3.example", "profile": "acme"}


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_refused(text):
    try:
        address.parse(text)
    except InputError as error:
        assert "\n" not in str(error) or "\n" in text  # noqa: PT017  one sentence


def refused(acts, key):
    for act in acts:
        with pytest.raises(InputError, match="no key of a store"):
            act(key)


@pytest.mark.parametrize(
    "key",
    ["", "/a", "a/", "a//b", "../a", "a/../b", ".a", "a/.b", "a\nb", "a" * 1025, "\u0430" * 513, "a\0", "a\udcff"],
)
def test_a_key_leads_nowhere_else(key, tmp_path):
    assert not keys.good(key)
    assert not keys.there(key)
    store = stores.reach(f"file:{tmp_path}")
    refused((store.stat, store.delete, store.open, store.purge, lambda key: store.link(key, 1, "a", "b")), key)
    refused((lambda key: store.put(key, stores.Body.of(b"")), lambda key: store.hold(key, on=True)), key)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["a b", "\u0430", "a..b", "/".join(["a" * 250] * 3), "-a", "out-+7916*1-(2).wav"])
def test_what_others_named_otherwise_is_read_and_never_written(key, tmp_path):
    assert not keys.good(key)
    assert keys.there(key)
    store = stores.reach(f"file:{tmp_path}")
    refused(
        (lambda key: store.put(key, stores.Body.of(b"")), lambda key: store.replace(key, stores.Body.of(b""), "")), key
    )
    assert list(tmp_path.iterdir()) == []
    assert store.stat(key) is None


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}(/[A-Za-z0-9][A-Za-z0-9_-]{0,9}){0,3}", fullmatch=True))
def test_any_key_of_the_form_is_good(key):
    assert keys.good(key) is (".." not in key)

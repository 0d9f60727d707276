"""A recording at an address: whole and in parts, for who knows the address, and for nobody else."""

import http.client
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit.calls import serve
from voicekit.calls.serve import serving

CONTENT = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    path = tmp_path_factory.mktemp("serve") / "one.wav"
    path.write_bytes(CONTENT)
    with serving(path) as url:
        yield urlsplit(url)


def ask(url, method="GET", path="", **headers):
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
    connection.request(method, path or url.path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_all_of_it(url):
    answer, body = ask(url)
    assert (answer.status, body, answer.headers["Content-Type"]) == (200, CONTENT, "audio/wav")
    answer, body = ask(url, "HEAD")
    assert (answer.status, body, answer.headers["Content-Length"]) == (200, b"", str(len(CONTENT)))


@given(st.integers(0, 11_000), st.integers(0, 11_000))
@settings(max_examples=60, deadline=None)
def test_parts_are_what_was_asked_for(url, first, last):
    for asked, wanted in (
        (f"bytes={first}-{last}", CONTENT[first : last + 1]),
        (f"bytes={first}-", CONTENT[first:]),
        (f"bytes=-{last}", CONTENT[-last:] if last else b""),
    ):
        answer, body = ask(url, Range=asked)
        if wanted:
            assert body == wanted
            assert answer.status == (206 if len(wanted) < len(CONTENT) else 200)
        else:
            assert (answer.status, body) == (416, b"")


@pytest.mark.parametrize(
    "asked", ["bytes=", "bytes=-", "lines=1-2", "bytes=1-2,4-5", "bytes=x-", "bytes=" + "9" * 99 + "-"]
)
def test_what_is_no_range_gets_all(url, asked):
    assert ask(url, Range=asked)[1] == CONTENT


def test_nobody_else_gets_anything(url):
    for path in ("/", "/one.wav", "/../one.wav", url.path + "x", url.path.upper()):
        assert ask(url, path=path)[0].status == 404
    assert ask(url, Host="evil.example")[0].status == 404
    assert ask(url, "POST")[0].status == 501


def test_it_is_gone_afterwards(tmp_path):
    (tmp_path / "x").write_bytes(b"1")
    with serving(tmp_path / "x") as address:
        pass
    with pytest.raises(ConnectionRefusedError):
        ask(urlsplit(address))
    assert serve.serving is serving

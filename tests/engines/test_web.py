"""One request to a speech service, and all that can go wrong with it: one sentence each, and never the key."""

import datetime as dt
import pickle
import socket
import threading
import traceback
from email.utils import format_datetime

import pytest
from engines.provider import KEY, Answer, Provider, Server, serve, sound

from voicekit import web
from voicekit.errors import EngineError
from voicekit.patience import BusyError

VARIABLE = "TEST_SPEECH_KEY"


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv(VARIABLE, KEY)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\nmachine localhost login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))


@pytest.fixture
def server():
    provider = Provider(lambda _: Answer(sound()))
    running = serve(provider)
    yield provider
    running.shutdown()
    running.server_close()


def service(provider, **options):
    return web.Service("test", f"{provider.url}/v1/speak", VARIABLE, **{"timeout": 5.0} | options)


def complaint(asked: web.Service, kind: type[EngineError] = EngineError, *, shown: bool = True) -> str:
    """What is said, after a look for the key in everything that an error carries."""
    with pytest.raises(EngineError) as caught:
        asked.post(json={})
    error = caught.value
    assert type(error) is kind
    told = "".join(traceback.format_exception(error)) + repr(error.args) + repr(pickle.dumps(error))
    told += repr(asked) if shown else ""
    assert KEY not in told
    what, remedy = str(error).split("; ", 1)
    assert what.startswith("test: ")
    assert remedy
    assert "\n" not in str(error)
    return str(error)


def test_the_key_travels_in_its_header_and_nowhere_else(server):
    assert service(server).post(json={"input": "one"}) == sound()
    [asked] = server.asked
    assert asked.headers["authorization"] == f"Bearer {KEY}"  # not what .netrc says of this host
    del asked.headers["authorization"]
    assert KEY not in repr(asked)


def test_without_key_env_no_key_is_sent_nor_any_other(server):
    web.Service("test", server.url, "", 5.0).post(json={})
    assert "authorization" not in server.asked[0].headers


def test_a_missing_key_is_told_before_anything_is_sent(server, monkeypatch):
    monkeypatch.delenv(VARIABLE)
    assert f"set the variable {VARIABLE}" in service(server).refusal()
    assert VARIABLE in complaint(service(server))
    assert server.asked == []


@pytest.mark.parametrize("key", ["two words", "two\nlines", "ключ", "nul\x01"])
def test_a_key_that_is_none_is_not_quoted(server, monkeypatch, key):
    monkeypatch.setenv(VARIABLE, key)
    assert key not in complaint(service(server))
    assert server.asked == []


def test_a_key_in_place_of_its_variables_name_is_not_quoted(server):
    assert "never the key" in complaint(web.Service("test", server.url, KEY, 5.0), shown=False)
    assert server.asked == []


def test_a_line_break_after_the_key_is_forgiven(server, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"{KEY}\n")
    service(server).post(json={})
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_not_accepted_is_named_by_its_variable(server, status):
    server.next.append(Answer(f'{{"error": {{"message": "Incorrect API key: {KEY}"}}}}'.encode(), status))
    assert f"the key in {VARIABLE} is not accepted" in complaint(service(server))


def test_a_server_that_wants_a_key_when_none_is_set(server):
    server.next.append(Answer(b"", 401))
    assert "wants a key" in complaint(web.Service("test", server.url, "", 5.0))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": {"message": "no such voice"}}', "no such voice"),
        (b'{"detail": [{"loc": ["body"], "msg": "field required"}]}', "field required"),
        (b'{"detail": {"error": {"message": "too long"}}}', "too long"),
        (b'{"error_code": "BAD_REQUEST", "error_message": "unknown voice"}', "unknown voice"),
        (b'{"message": "a\\u001b[31m\\u0000b\\nc"}', "a [31m b c"),
        (f'{{"error": "bad {KEY}"}}'.encode(), "bad ***"),
        (b'{"error": "' + b"x" * 5000 + b'"}', "x" * 300),
        (b"[" * 100_000, ""),
        (b"\xff\xfe not JSON", ""),
        (b'{"error": 5}', ""),
    ],
)
@pytest.mark.parametrize("status", [400, 404, 422])
def test_what_is_wrong_with_a_request_is_told_in_the_services_words(server, status, body, said):
    server.next.append(Answer(body, status))
    message = complaint(service(server))
    assert f"answered {status}" in message
    assert (f'"{said}"' in message) if said else '"' not in message
    assert len(message) < 500


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_worth_another_try(server, status):
    server.next.append(Answer(b"", status))
    assert f"answered {status}" in complaint(service(server), BusyError)


def test_a_quota_that_is_used_up_does_not_come_back_by_waiting(server):
    server.next.append(Answer(b'{"error": {"message": "You exceeded your current quota"}}', 429))
    assert "no more quota" in complaint(service(server))


@pytest.mark.parametrize(("value", "low", "high"), [("7", 7, 7), ("0", 0, 0), ("9" * 50, 1e8, 1e9)])
def test_seconds_to_wait(server, value, low, high):
    assert low <= waiting(server, value) <= high


@pytest.mark.parametrize("value", ["", "soon", "-5", "١", "Mon, 99 Zzz 2020 00:00:00 GMT"])
def test_no_seconds_to_wait(server, value):
    assert waiting(server, value) is None


def test_a_date_to_wait_for(server):
    date = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1), usegmt=True)
    assert 3000 < waiting(server, date) <= 3600


def waiting(server, value):
    server.next.append(Answer(b"", 429, {"Retry-After": value}))
    with pytest.raises(BusyError) as caught:
        service(server).post(json={})
    return caught.value.after


@pytest.mark.parametrize(
    "answer",
    [Answer(sound(), missing=1000), Answer(sound()[:500], chunked=True), Answer(reset=True)],
    ids=["short", "chunked", "reset"],
)
def test_an_answer_that_breaks_off_is_no_sound(server, answer):
    server.next.append(answer)
    assert "broke off" in complaint(service(server), BusyError)


def test_an_empty_answer_is_no_sound(server):
    server.next.append(Answer())
    assert "without any sound" in complaint(service(server), BusyError)


@pytest.mark.parametrize(
    "kind", ["text/html; charset=utf-8", "application/json", "application/problem+json", "text/XML"]
)
def test_an_answer_that_says_that_it_is_no_sound(server, kind):
    server.next.append(Answer(b"<html>", headers={"Content-Type": kind}))
    assert "not with sound" in complaint(service(server))


def test_an_answer_without_end_is_cut_off(server, monkeypatch):
    monkeypatch.setattr(web, "LIMIT", 1 << 16)
    server.next.append(Answer(bytes(1 << 20)))
    assert "more than" in complaint(service(server))


def test_a_slow_server_is_given_up(server):
    released = threading.Event()
    server.next.append(Answer(sound(), wait=released))
    assert "took longer than 0.2 s" in complaint(service(server, timeout=0.2), BusyError)
    released.set()


def test_a_server_that_trickles_is_given_up(server, monkeypatch):
    now = iter([0.0, 1.0, 9.0])
    monkeypatch.setattr(web.time, "monotonic", lambda: next(now, 9.0))
    server.next.append(Answer(bytes(1 << 18)))
    assert "took longer than 5 s" in complaint(service(server), BusyError)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_key_does_not_follow_a_redirect(server, status):
    elsewhere = Provider(lambda _: Answer(sound()))
    other = serve(elsewhere)
    server.next.append(Answer(b"", status, {"Location": f"http://localhost:{elsewhere.port}/v1/speak"}))
    assert "sends us elsewhere" in complaint(service(server))
    assert elsewhere.asked == []
    other.shutdown()
    other.server_close()


def test_offline_is_told_at_once():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert "can't be reached" in complaint(web.Service("test", f"http://127.0.0.1:{port}", VARIABLE, 5.0))


@pytest.fixture
def over_tls(certificates):
    """`over_tls("self")`: a service with that certificate."""
    servers: list[Server] = []

    def start(name):
        provider = Provider(lambda _: Answer(sound()))
        servers.append(serve(provider, certificates / f"{name}.pem"))
        return provider, web.Service("test", f"https://localhost:{provider.port}/v1", VARIABLE, 5.0)

    yield start
    for running in servers:
        running.shutdown()
        running.server_close()


def test_certificates_are_checked_against_the_named_bundle(over_tls, certificates, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "ca.pem"))
    provider, known = over_tls("server")
    assert known.post(json={}) == sound()
    assert len(provider.asked) == 1


@pytest.mark.parametrize("name", ["self", "server"])
def test_a_server_that_nobody_vouches_for_hears_nothing(over_tls, name):
    provider, stranger = over_tls(name)
    assert "certificate of localhost is not valid" in complaint(stranger)
    assert provider.asked == []


@pytest.mark.parametrize(
    "url",
    ["https://api.openai.com/v1", "http://localhost:8880/v1", "http://127.0.0.1/", "http://[::1]:80/", "http://kokoro:80",
     "http://192.168.1.7/v1", "http://10.0.0.1", "http://gpu.local/v1", "http://tts.office.internal"],
)  # fmt: skip
def test_addresses_that_are_asked(url):
    assert web.Service("test", url, VARIABLE, 5.0).refusal() == ""


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://api.openai.com/v1", "use https"),
        ("http://8.8.8.8/v1", "use https"),
        ("http://localhost.example.com/v1", "use https"),
        ("https://me:secret@api.openai.com/v1", "name or password"),
        ("ftp://api.openai.com", "no address"),
        ("api.openai.com/v1", "no address"),
        ("file:///etc/passwd", "no address"),
        ("https://", "no address"),
        ("https://[::1", "no address"),
        ("", "no address"),
    ],
)
def test_addresses_that_are_not_asked(url, why):
    assert why in complaint(web.Service("test", url, VARIABLE, 5.0))

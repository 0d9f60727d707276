"""`voice fetch`, against a server on this machine that does all that servers do."""

import hashlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from voicekit import engines, fs, voices, workspace
from voicekit.errors import EngineError, InputError, VerificationError
from voicekit.gallery import File, Row, download
from voicekit.jobs import fetch_voice

MODEL = bytes(range(256)) * 4096  # 1 MiB
CONFIG = b'{"num_speakers": 1}'


class Home:
    """What the server does: its files, and how it falls short of giving them."""

    def __init__(self) -> None:
        self.files = {}
        self.ranges = True  # whether it knows Range
        self.cut = []  # bytes after which each of the next answers breaks off
        self.status = 0  # answered in place of the file
        self.once = False  # only the first time
        self.etag = '"one"'
        self.more = b""  # sent after what is announced
        self.chunked = False  # no Content-Length
        self.shift = 0  # bytes by which a range is answered wrong
        self.hang = threading.Event()
        self.hang.set()
        self.asked = []


class Handler(BaseHTTPRequestHandler):
    home: Home
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        home, wanted = self.home, self.headers.get("Range", "")
        home.asked.append((wanted, self.headers.get("If-Range", "")))
        body = home.files.get(self.path.lstrip("/"))
        self.close_connection = True
        if body is None or home.status:
            self.send_response(home.status if body is not None else 404)
            home.status = 0 if home.once else home.status
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and home.ranges else 0
        if start and self.headers.get("If-Range", home.etag) != home.etag:
            start = 0
        self.head(start + home.shift if start else 0, len(body))
        self.body((body + home.more)[start:])

    def head(self, start, size) -> None:
        home = self.home
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        if not home.chunked:
            self.send_header("Content-Length", str(size - start))
        if home.etag:
            self.send_header("ETag", home.etag)
        self.end_headers()

    def body(self, data) -> None:
        if self.home.cut:
            data = data[: self.home.cut.pop(0)]
        half = len(data) // 2
        self.wfile.write(data[:half])
        self.wfile.flush()
        self.home.hang.wait(5)
        self.wfile.write(data[half:])

    def log_message(self, *_) -> None:
        """Nothing on stderr."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_) -> None:
        """A client that goes away is what some tests are about."""


@pytest.fixture
def home(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    home = Home()
    home.files = {"ru.onnx": MODEL, "ru.onnx.json": CONFIG}
    server = Server(("127.0.0.1", 0), type("Handler", (Handler,), {"home": home}))
    home.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield home
    home.hang.set()
    server.shutdown()
    server.server_close()


def entry(url, name, content, **more):
    return File(f"{url}/{name}", len(content), hashlib.sha256(content).hexdigest(), **more)


def row(home, name="piper:ru", voice="ru.onnx", files=None):
    files = files or (entry(home.url, "ru.onnx", MODEL), entry(home.url, "ru.onnx.json", CONFIG))
    return {name: Row(name, "ru", voice, "Nina", "CC0-1.0", "https://example.org/ru", files)}


@pytest.fixture
def fetch(site, home):
    """`fetch(source, rows=...)`: the outcomes' codes."""
    place = workspace.find(site.root)

    def run(source=None, name="piper:ru", **options):
        options.setdefault("rows", row(home))
        return [outcome.code for outcome in fetch_voice.apply(place, name, source, **options)]

    run.folder = place.root / "voices" / "ru"
    run.part = place.cache / "fetch" / f"{hashlib.sha256(MODEL).hexdigest()}.part"
    return run


def whole(fetch) -> bool:
    files = {path.name: path.read_bytes() for path in fetch.folder.iterdir() if path.name != "voice.toml"}
    return files == {"ru.onnx": MODEL, "ru.onnx.json": CONFIG} and not list(fetch.part.parent.iterdir())


def test_a_voice_comes_whole_with_a_profile_that_loads(fetch):
    told = []
    assert fetch(progress=lambda here, size: told.append((here, size))) == ["fetched", "fetched", "written"]
    assert whole(fetch)
    voice = voices.load(fetch.folder)
    assert engines.of(voice) is engines.get("piper")
    assert voice.speaker("ru") == voices.Speaker("ru.onnx", "Nina", sha256=hashlib.sha256(MODEL).hexdigest())
    assert (voice.licence.name, voice.licence.url) == ("CC0-1.0", "https://example.org/ru")
    assert told[-1] == (len(CONFIG), len(CONFIG))
    assert (len(MODEL), len(MODEL)) in told


def test_what_is_here_is_kept_also_a_profile_that_was_edited(fetch, home):
    fetch()
    (fetch.folder / "voice.toml").write_text("edited")
    home.asked.clear()
    assert fetch() == ["here", "here", "here"]
    assert home.asked == []
    assert (fetch.folder / "voice.toml").read_text() == "edited"


def test_a_model_that_is_lost_or_damaged_is_fetched_again(fetch):
    fetch()
    (fetch.folder / "ru.onnx").write_bytes(MODEL[:-1] + b"x")
    assert fetch() == ["fetched", "here", "here"]
    assert whole(fetch)


def test_a_cut_connection_is_taken_up_where_it_broke(fetch, home):
    home.cut = [300_000, 500_000]
    assert fetch() == ["fetched", "fetched", "written"]
    assert whole(fetch)
    assert home.asked[1][0].startswith("bytes=")
    assert 0 < int(home.asked[1][0][6:-1]) < int(home.asked[2][0][6:-1]) <= 800_000
    assert home.asked[1][1] == '"one"'


def test_a_run_that_failed_is_taken_up_by_the_next(fetch, home):
    home.cut = [300_000, *[0] * 9]
    with pytest.raises(EngineError, match="broke off; what has arrived is kept"):
        fetch()
    assert not fetch.folder.exists()
    begun = fetch.part.stat().st_size
    assert begun > 0
    home.cut = []
    home.asked.clear()
    fetch()
    assert home.asked[0] == (f"bytes={begun}-", '"one"')
    assert whole(fetch)


@pytest.mark.parametrize("way", ["no ranges", "another etag", "a wrong range", "416", "too long a part"])
def test_what_can_t_be_continued_is_begun_anew(fetch, home, way):
    fetch.part.parent.mkdir(parents=True)
    fetch.part.write_bytes(b"?" * (2 * len(MODEL) if way == "too long a part" else 1000))
    fetch.part.with_suffix(".etag").write_text('"one"')
    home.ranges = way != "no ranges"
    home.etag = '"two"' if way == "another etag" else '"one"'
    home.shift = 7 if way == "a wrong range" else 0
    if way == "416":
        home.status, home.once = 416, True
    assert fetch() == ["fetched", "fetched", "written"]
    assert whole(fetch)


@pytest.mark.parametrize("begun", [0, 1000])
def test_other_bytes_are_never_taken(fetch, home, begun):
    home.files["ru.onnx"] = MODEL[:-1] + b"x"
    if begun:
        fetch.part.parent.mkdir(parents=True)
        fetch.part.write_bytes(MODEL[:begun])
    with pytest.raises(VerificationError, match="not the file that voicekit knows"):
        fetch()
    assert not (fetch.folder / "ru.onnx").exists()
    assert not (fetch.folder / "voice.toml").exists()
    assert not fetch.part.exists()


@pytest.mark.parametrize("told", [True, False])
def test_a_file_of_another_size_is_refused_and_never_fills_the_disk(fetch, home, told):
    home.files["ru.onnx"] = MODEL * 3
    home.chunked = not told
    seen = [0]
    with pytest.raises(VerificationError, match="another file; nothing was kept"):
        fetch(progress=lambda here, _: seen.append(here))
    assert max(seen) <= len(MODEL)
    assert not fetch.part.exists()


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, r"not there any more \(404\)"), (410, "not there any more"), (429, "answered 429"), (500, "answered 500")],
)
def test_a_refusal_is_said_with_the_address_and_the_way_out(fetch, home, status, reason):
    home.status = status
    with pytest.raises(EngineError, match=reason) as caught:
        fetch()
    assert f"{home.url}/ru.onnx" in str(caught.value)
    assert "--from" in str(caught.value)


def test_a_server_that_stops_in_the_middle_is_not_waited_for(fetch, home, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", (1, 0.2))
    home.hang.clear()
    with pytest.raises(EngineError, match="did not answer in time"):
        fetch()


def test_offline_it_says_where_to_get_it(fetch, home):
    nowhere = File("http://127.0.0.1:9/ru.onnx", len(MODEL), hashlib.sha256(MODEL).hexdigest())
    with pytest.raises(EngineError, match=r"http://127.0.0.1:9/ru.onnx can't be reached; .* --from$"):
        fetch(rows=row(home, files=(nowhere,)))


def test_a_copy_from_another_machine_needs_no_server(fetch, home, tmp_path):
    copy = tmp_path / "stick"
    copy.mkdir()
    (copy / "renamed.onnx").write_bytes(MODEL)
    (copy / "ru.onnx.json").write_bytes(CONFIG)
    assert fetch(copy / "renamed.onnx") == ["fetched", "fetched", "written"]
    assert home.asked == []
    assert fs.sha256(fetch.folder / "ru.onnx") == hashlib.sha256(MODEL).hexdigest()
    assert (copy / "renamed.onnx").exists()


def test_a_folder_of_copies_will_do(fetch, tmp_path):
    (tmp_path / "ru.onnx").write_bytes(MODEL)
    (tmp_path / "ru.onnx.json").write_bytes(CONFIG)
    assert fetch(tmp_path) == ["fetched", "fetched", "written"]


def test_a_copy_is_proved_as_well(fetch, tmp_path):
    (tmp_path / "ru.onnx").write_bytes(MODEL + b"x")
    with pytest.raises(VerificationError, match=r"ru\.onnx has SHA-256 .* it was not taken"):
        fetch(tmp_path / "ru.onnx")
    (tmp_path / "ru.onnx").write_bytes(MODEL)
    with pytest.raises(InputError, match=r"ru\.onnx\.json: no such file; download it on another machine: http"):
        fetch(tmp_path / "ru.onnx")
    assert not (fetch.folder / "voice.toml").exists()


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in ("voices/anna/voice.info", "voices/anna/24000/voice.data", "voices/elena/voice.info"):
            made.writestr(f"pack/data/{name}", "name=Anna\n")
        made.writestr("pack/data/languages/Russian/language.info", "Russian")
        made.writestr("pack/data/languages/English/language.info", "English")
        made.writestr("pack/data/voices/anna/../../../../evil", "evil")
        made.writestr("pack/__init__.py", "")
    return buffer.getvalue()


def test_of_an_archive_only_the_voice_and_its_language_are_taken(fetch, home):
    home.files["pack.whl"] = archive()
    one = entry(home.url, "pack.whl", archive(), unpack="pack/data", take=("languages/Russian", "voices/anna"))
    rows = row(home, "rhvoice:ru", "anna", (one,))
    assert fetch(name="rhvoice:ru", rows=rows) == ["fetched", "written"]
    data = fetch.folder / "rhvoice"
    assert sorted(str(path.relative_to(data)) for path in data.rglob("*") if path.is_file()) == [
        "languages/Russian/language.info",
        "voices/anna/24000/voice.data",
        "voices/anna/voice.info",
    ]
    assert not list(fetch.folder.parents[1].rglob("evil"))
    assert engines.of(voices.load(fetch.folder)) is engines.get("rhvoice")
    assert fetch(name="rhvoice:ru", rows=rows) == ["here", "here"]


def test_the_table_names_what_there_is(site):
    listed = {outcome.subject: outcome for outcome in fetch_voice.table()}
    assert "63 MB, unknown" in listed["piper:ru_RU-irina-medium"].detail
    with pytest.raises(InputError, match='did you mean "rhvoice:anna"'):
        fetch_voice.folder(workspace.find(site.root), "rhvoice:ana")

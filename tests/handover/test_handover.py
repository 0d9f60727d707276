"""What is handed over is all that there is but secrets, and what is restored is the same, byte for byte."""

import json
import shutil
from zipfile import ZipFile

import pytest
from release.conftest import build, speak
from sites import Site

from voicekit.handover import INDEX, PAGE, selection

KEY = "AKIA" + "Q7" * 8


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("once") / "site")
    speak(site)
    build(site)
    return site


@pytest.fixture
def made(once, tmp_path):
    shutil.copytree(once.root, tmp_path / "site")
    return Site(tmp_path / "site")


@pytest.fixture
def over(made, run, tmp_path):
    """`over()`: hand over; gives what ran."""
    return lambda *argv: run("handover", "-C", made.root, "-o", tmp_path / "acme.zip", "--json", *argv)


@pytest.fixture
def back(run, tmp_path):
    return lambda *argv: run("init", "--from", tmp_path / "acme.zip", tmp_path / "back", "--json", *argv)


def inside(tmp_path):
    with ZipFile(tmp_path / "acme.zip") as archive:
        return {name.removeprefix("workspace/"): archive.read(name) for name in archive.namelist()}


def lasting(site):
    derived = ("build/", ".voicekit/", "store/.voicekit/lock", "store/.voicekit/staging", "store/.voicekit/tmp")
    return {name: data for name, data in site.tree().items() if not name.startswith(derived)}


def test_all_comes_back(made, over, back, run, tmp_path):
    made.write("takes/Анна.flac", "a take")
    made.write("samples/note.txt", "a note")
    made.write(".gitignore", "build/\n")
    assert over().counts == {"handed-over": 1}
    assert back().counts == {"restored": 1}
    restored = Site(tmp_path / "back")
    restored.root.joinpath("prompts/en/menu.toml").write_bytes(made.root.joinpath("prompts/en/menu.toml").read_bytes())
    assert lasting(restored) == lasting(made)
    assert run("revoice", "-C", restored.root, "--json").counts == {"built": 3}
    assert restored.tree("build/sounds") == made.tree("build/sounds")
    assert run("release", "verify", "-C", restored.root, "--json").counts == {"proved": 1}
    assert not list(tmp_path.glob(".*"))


def test_the_page_says_what_the_next_person_needs(made, over, tmp_path, monkeypatch):
    monkeypatch.setenv("OTHER_KEY", "0123456789-the-key-itself")
    made.voice(engine="openai", name="online", head='[service]\nkey_env = "OTHER_KEY"\nurl = "https://example.org"')
    stores = '[stores]\nmain = "s3://acme/pbx?profile=acme"\nnas = "sftp://nas/voicekit"\n'
    made.write("voicekit.toml", (made.root / "voicekit.toml").read_text() + stores)
    assert over().code == 0
    page = inside(tmp_path)[PAGE].decode()
    for fact in ("Wind", "OTHER_KEY", "profile acme", "s3://acme/pbx", "ssh-agent", "en: 3 current", "consent: Ann"):
        assert page.count(fact) >= 2, fact
    assert "# Handover" in page
    assert "# Передача дел" in page
    assert not any(b"the-key-itself" in data for data in inside(tmp_path).values())


SECRETS = {
    ".env": "X=1", ".git/config": "[remote]", ".aws/credentials": "x", "secrets.txt": "x", "notes/passwords.txt": "x",
    "id_rsa": "x", "certs/server.pem": "x", "notes.txt": f"key: {KEY}",
    "deploy.sh": "export API_KEY=0123456789abcdef0123",
    "url.txt": "https://ann:hunter22@example.org/", "mine.key": "x", "voices/robot/api.key": "x",
    "s3.txt": "s3://ABC:wJal/K7#x?[y@bucket/p", "json.txt": '{"SecretAccessKey": "abcdefgh/jklmnop0123"}',
    "github.txt": "ghp_" + "a1B2" * 9, "session.txt": "AWS_SESSION_TOKEN=abcdefghijklmnop0123",
    "sub/.env": "X=1", "notes/.ssh/id": "x", "out/a.wav": "x", "dist/a.whl": "x",
    "pem.txt": "-----BEGIN RSA PRIVATE KEY-----", "aws.txt": "aws_secret_access_key = abcdefghijklmnop0123",
}  # fmt: skip


def test_secrets_stay_here_and_it_is_said(made, over, tmp_path):
    for name, text in SECRETS.items():
        made.write(name, text)
    ran = over()
    assert ran.code == 0
    assert not inside(tmp_path).keys() & SECRETS.keys()
    told = {line["subject"] for line in ran.outcomes if line["code"] == "left-out"}
    folders = {".git/config": ".git", ".aws/credentials": ".aws", "notes/.ssh/id": "notes/.ssh"}
    outputs = {"out/a.wav": "out", "dist/a.whl": "dist"}
    assert {(folders | outputs).get(name, name) for name in SECRETS} == told
    assert all(name in inside(tmp_path)[PAGE].decode() for name in told)


def test_a_secret_in_what_has_to_go_stops_it(made, over, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-very-secret-value")
    made.words({"custom/one": "the-very-secret-value"})
    ran = over()
    assert (ran.code, ran.out) == (4, "")
    assert "holds the value of AWS_SECRET_ACCESS_KEY" in ran.err
    assert "the-very-secret-value" not in ran.err
    assert not (tmp_path / "acme.zip").exists()


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "AWS_SESSION_TOKEN"])
def test_the_key_of_a_voice_that_names_no_variable_is_looked_for(made, over, tmp_path, monkeypatch, variable):
    monkeypatch.setenv(variable, "the-very-secret-value")
    made.voice(engine="openai", name="online")
    made.write("voices/online/lexicon.toml", '[word]\n"acme" = "the-very-secret-value"\n')
    ran = over()
    assert (ran.code, ran.out) == (4, "")
    assert f"holds the value of {variable}" in ran.err
    made.write("voices/online/lexicon.toml", "")
    assert over().code == 0
    assert "$OPENAI_API_KEY" in inside(tmp_path)[PAGE].decode()


@pytest.mark.parametrize("head", ["[servce]\nx = 1", '[service]\nkey_env = "sk-very-secret-value"'])
def test_a_profile_that_is_wrong_stops_it(made, over, tmp_path, head):
    made.voice(engine="openai", name="online", head=head)
    ran = over()
    assert (ran.code, ran.out) == (4, "")
    assert "voices/online/voice.toml:" in ran.err
    assert "secret-value" not in ran.err
    assert not (tmp_path / "acme.zip").exists()


@pytest.mark.parametrize("block", [1 << 16, pytest.param(1 << 20, marks=pytest.mark.faults)])
@pytest.mark.parametrize(("blocks", "less"), [(0, 0), (1, 9), (5, 3), (6, 0)])
def test_files_of_many_blocks_are_read_to_their_end(made, over, tmp_path, monkeypatch, block, blocks, less):
    monkeypatch.setattr(selection, "_BLOCK", block)
    made.write("notes.bin", " " * (blocks * block - less) + KEY)
    made.write("good.bin", " " * (6 * block))
    assert over().counts == {"left-out": 1, "handed-over": 1}
    assert "good.bin" in inside(tmp_path)


@pytest.mark.parametrize("name", ["masters/note.txt", "store/blobs/note", f"masters/{'0' * 64}.flac"])
def test_what_only_lies_beside_sounds_is_read(made, over, name):
    made.write(name, KEY)
    ran = over()
    assert ran.code == 4
    assert "looks like a key" in ran.err


def test_what_is_no_secret_goes(made, over, tmp_path):
    made.write("notes.txt", "see http://nas:8080/a@b and mailto:ann@example.org, file://x/y: ask ann@acme")
    assert over().counts == {"handed-over": 1}
    assert "notes.txt" in inside(tmp_path)


def test_words_about_passwords_are_no_secret(made, over, tmp_path):
    made.words({"vm-password": "Enter your password, then press pound."})
    (made.root / "prompts/en/menu.toml").rename(made.root / "prompts/en/passwords.toml")
    over()
    assert "prompts/en/passwords.toml" in inside(tmp_path)


def test_links_and_odd_names_stay_here(made, over, tmp_path):
    (made.root / "samples").mkdir()
    (made.root / "samples/link.txt").symlink_to("/etc/passwd")
    made.write("samples/ａ.txt", "fullwidth")
    made.write("samples/nоte.txt", "a Cyrillic letter")
    told = {line["subject"] for line in over().outcomes if line["code"] == "left-out"}
    assert told == {"samples/link.txt", "samples/ａ.txt", "samples/nоte.txt"}
    assert not told & inside(tmp_path).keys()


def test_an_archive_in_the_workspace_does_not_hold_itself(made, run):
    for _ in range(2):
        run("handover", "-C", made.root, "-o", made.root / "me.zip")
    with ZipFile(made.root / "me.zip") as archive:
        assert "workspace/me.zip" not in archive.namelist()


def test_a_folder_that_is_there_is_not_touched(over, back, tmp_path):
    over()
    (tmp_path / "back").mkdir()
    (tmp_path / "back/mine").write_text("x")
    ran = back()
    assert (ran.code, [path.name for path in (tmp_path / "back").iterdir()]) == (4, ["mine"])


def test_an_empty_folder_will_do(over, back, tmp_path):
    over()
    (tmp_path / "back").mkdir()
    assert back().code == 0


def test_the_index_names_every_byte(made, over, tmp_path):
    over()
    found = inside(tmp_path)
    index = json.loads(found[INDEX])
    assert {file["path"]: file["bytes"] for file in index["files"]} == {
        name: len(data) for name, data in found.items() if name not in (INDEX, PAGE)
    }

"""calls play, restore, export: who gets a recording, what he gets, and that it is said before."""

import csv
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from datetime import UTC, datetime

import numpy as np
import pytest
import soundfile
from calls.archives import HOUR, Workspace, codes, lay, name, noise, sound, tree
from calls.conftest import crashed, stereo, wav, wav49
from calls.erasing import hold, of, unhold
from pbx.riff import voice

from voicekit.calls import ending, hearing, notes
from voicekit.cli.calls import access
from voicekit.errors import InputError, StoreError
from voicekit.jobs import export_calls, play_call, share_calls

WHY = "complaint of Mr Petrov"
CDR = (
    '"","=1+1","talk","call","""Alice"" <1001>","SIP/1001-00000042","","Queue","sales,t","2026-11-23 11:40:59",'
    '"2026-11-23 11:41:00","2026-11-23 11:41:05",6,5,"ANSWERED","DOCUMENTATION","1795419001.1","","","1795419001.1",1\n'
)


@pytest.fixture
def one(tmp_path):
    log = lay(tmp_path, "log/Master.csv", CDR.encode())
    more = f'cdr = "csv:{log}"\nzone = "Europe/Moscow"\n'
    made = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=more)
    for number in (1, 2):
        lay(made.spool, name(number), sound(number))
    made.archive(free=False)
    return made


def recordings(one):
    return [entry.body["recording"] for entry in one.entries() if entry.kind == "receipt"]


def export(one, chosen, path, reason=WHY):
    with one.reach() as store:
        return list(export_calls.apply(one.settings, one.ring, store, chosen, path, reason))


def said(one):
    """What the ledgers say of accesses: kind, verb, recording, actor, reason."""
    with one.reach() as store:
        return [
            (each.kind, each.body["what"], each.body["recording"], each.body["actor"],
             notes.get(store, one.ring, each.body["note"]).reason)
            for each in hearing.everything(one.settings, store)
            if each.kind in ("access", "restore")
        ]  # fmt: skip


def test_what_is_handed_over_proves_itself(one, tmp_path):
    first, second = recordings(one)
    path = tmp_path / "case.zip"
    assert codes(export(one, [first[:8], second], path)) == ["exported"] * 2 + ["written"]
    with zipfile.ZipFile(path) as case:
        assert case.testzip() is None
        case.extractall(tmp_path / "case")
    checked = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], check=False, cwd=tmp_path / "case")
    assert checked.returncode == 0
    listed = {line.split("  ", 1)[1] for line in (tmp_path / "case/SHA256SUMS").read_text().splitlines()}
    assert listed | {"SHA256SUMS"} == {path.decode() for path in tree(tmp_path / "case")}
    for recording in (first, second):
        folder = tmp_path / "case" / recording
        receipt = json.loads((folder / "receipt.json").read_text())
        (original,) = [path for path in folder.iterdir() if path.name.startswith("out-")]
        assert hashlib.sha256(original.read_bytes()).hexdigest() == receipt["line"]["body"]["original"]
        played, rate = soundfile.read(folder / "listen.wav", dtype="int16")
        assert np.array_equal(played, soundfile.read(original, dtype="int16")[0])
        assert rate == 8000
        lines = b"".join(path.read_bytes() for path in sorted((tmp_path / "case/ledger").rglob("*.jsonl")))
        assert receipt["line"]["hash"].encode() in lines
        assert receipt["root"]["hash"].encode() in lines
        for language in ("en", "ru"):
            stated = (tmp_path / f"case/statement.{language}.txt").read_text("utf-8")
            for fact in (recording, original.name, receipt["line"]["hash"], receipt["root"]["hash"]):
                assert fact in stated
    (called,) = (tmp_path / "case").rglob("cdr.csv")
    (row,) = csv.DictReader(io.StringIO(called.read_text()))
    assert row["src"] == "'=1+1"
    assert path.stat().st_mode & 0o077 == 0


def test_the_chain_in_it_is_checked_as_the_statement_says(one, tmp_path):
    """Without a word of ours: JSON, SHA-256, and what stands in the statement."""
    export(one, recordings(one), tmp_path / "case.zip")
    with zipfile.ZipFile(tmp_path / "case.zip") as case:
        segments = sorted(each for each in case.namelist() if each.startswith("ledger/"))
        lines = b"".join(map(case.read, segments)).splitlines()
    previous = "0" * 64
    for line in lines:
        told = json.loads(line)
        bare = line[: line.rindex(b',"hash":"')] + b"}"
        assert hashlib.sha256(bare).hexdigest() == told["hash"]
        assert told["previous"] == previous
        previous = told["hash"]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_commands_of_the_statement_do_what_it_says(one, tmp_path, language):
    export(one, recordings(one)[:1], tmp_path / "case.zip")
    with zipfile.ZipFile(tmp_path / "case.zip") as case:
        case.extractall(tmp_path / "case")
    (path,) = (tmp_path / "case").glob("*/receipt.json")
    receipt = json.loads(path.read_text())
    stated = (tmp_path / f"case/statement.{language}.txt").read_text("utf-8")
    listed = [line for line in stated.splitlines() if line.startswith(("  cat ", "  sha256sum "))]
    known = {"HASH": receipt["line"]["hash"], "WRITER": receipt["writer"]}

    def said(command):
        for word, meant in known.items():
            command = command.replace(word, meant)
        return subprocess.check_output(["sh", "-c", command], cwd=tmp_path / "case", text=True)

    whole, one_line, chain = map(said, listed)
    assert whole.count(": OK\n") == len(whole.splitlines())
    assert one_line.split()[0] == known["HASH"]
    pairs = [line.split() for line in chain.splitlines()]
    assert [pair[0] for pair in pairs] == ["0" * 64, *(pair[1] for pair in pairs[:-1])]
    assert pairs[-1][1] == receipt["root"]["hash"]
    assert {"en": "the last of", "ru": "последней за"}[language] in stated
    assert {"en": "when this zip was made", "ru": "на момент составления"}[language] in stated


def test_each_access_is_in_the_ledger_and_in_no_clear_words(one, tmp_path, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "anna")
    first, second = recordings(one)
    one.restore([first], tmp_path / "back")
    export(one, [second], tmp_path / "case.zip")
    with one.reach() as store:
        list(play_call.apply(one.settings, one.ring, store, first, WHY, wait=lambda: None))
    assert said(one) == [
        ("restore", "restore", first, "anna", "a dispute"),
        ("access", "export", second, "anna", WHY),
        ("access", "play", first, "anna", WHY),
    ]
    for data in tree(tmp_path / "nas").values():
        assert b"Petrov" not in data
    for data in tree(one.settings.accesses).values():
        assert b"Petrov" not in data
    assert not [outcome for outcome in one.verify() if outcome.bad]


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nobody_gets_anything(one, tmp_path, reason):
    with pytest.raises(InputError, match="--reason"):
        export(one, recordings(one), tmp_path / "case.zip", reason)
    assert not (tmp_path / "case.zip").exists()
    assert said(one) == []


def test_what_can_not_be_said_is_not_done(one, tmp_path, monkeypatch):
    def refusing(*_, **__):
        raise StoreError("no")

    chosen = recordings(one)
    with one.reach() as store:
        monkeypatch.setattr(type(store), "put", refusing)
        with pytest.raises(StoreError):
            list(export_calls.apply(one.settings, one.ring, store, chosen, tmp_path / "case.zip", WHY))
        with pytest.raises(StoreError):
            one.restore(chosen, tmp_path / "back")
    assert not (tmp_path / "case.zip").exists()
    assert not (tmp_path / "back").exists()


def test_one_that_can_not_be_given_back_is_told_and_the_others_are_there(one, tmp_path):
    first, second = recordings(one)
    (tmp_path / f"nas/calls/{first[:2]}/{first}").write_bytes(b"x" * 60)
    said = export(one, [first, second, "0" * 36], tmp_path / "case.zip")
    assert codes(said) == ["exported", "not-exported", "unknown", "written"]
    with zipfile.ZipFile(tmp_path / "case.zip") as case:
        assert not [each for each in case.namelist() if each.startswith(first)]
    said = export(one, [first], tmp_path / "other.zip")
    assert codes(said) == ["not-exported", "not-written"]
    assert all(outcome.bad for outcome in said)
    assert not (tmp_path / "other.zip").exists()
    with pytest.raises(InputError, match="is there already"):
        export(one, [second], tmp_path / "case.zip")


def test_a_recording_that_nobody_knows_ends_an_export_as_it_does_a_restore(one, tmp_path, run):
    for command, output in (("restore", tmp_path / "back"), ("export", tmp_path / "case.zip")):
        ran = run("calls", command, "99999999", "-o", output, "--reason", WHY, "-C", one.root)
        assert (ran.code, ran.err, output.exists()) == (3, "", False)
        assert ran.out.endswith("1 in all: 1 unknown\n")


OURS = ("listen.wav", "receipt.json", "known.json", "cdr.csv")
FORMATS = {
    "crashed.wav": crashed(voice(1.0)),
    "stereo.wav": wav(stereo(1.0), channels=2),
    "law.ulaw": noise(1, 8000),
    "law.alaw": noise(2, 8000),
    "lin.sln": voice(1.0).astype("<i2").tobytes(),
    "gsm.gsm": bytes([0xD0 | 1] + [0] * 32) * 50,
    "wav49.WAV": wav49(25),
    "wide.g722": bytes(8000),
    "no-extension": noise(3, 500),
    "evil\n\x1b[31m..%2f;$(id).wav": sound(5),
}


def test_all_formats_can_be_listened_to(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    for path, content in FORMATS.items():
        if "\n" not in path:
            lay(one.spool, path, content, 2 * HOUR)
    lay(one.spool, "evil\x1b[31m..%2f;$(id).wav", sound(5), 2 * HOUR)
    one.archive(free=False)
    chosen = {}
    with one.reach() as store:
        for recording in recordings(one):
            outcomes = export_calls.apply(
                one.settings, one.ring, store, [recording], tmp_path / f"{recording}.zip", WHY
            )
            assert codes(list(outcomes)) == ["exported", "written"]
            with zipfile.ZipFile(tmp_path / f"{recording}.zip") as case:
                (listened,) = [each for each in case.namelist() if each.endswith("listen.wav")]
                (original,) = [
                    each for each in case.namelist() if each.startswith(recording) and not each.endswith(OURS)
                ]
                played, rate = soundfile.read(io.BytesIO(case.read(listened)), dtype="int16")
                chosen[original.rpartition("/")[2]] = (len(played), rate, played.ndim)
                assert case.read(original) in FORMATS.values()
    assert chosen.pop("crashed.wav") == (8000, 8000, 1)
    assert chosen.pop("stereo.wav") == (8000, 8000, 2)
    assert chosen.pop("evil_[31m..%2f;$(id).wav")[1:] == (8000, 1)
    assert [chosen.pop(f"law.{law}") for law in ("ulaw", "alaw")] == [(8000, 8000, 1)] * 2
    assert chosen.pop("wide.g722")[1] == 16000
    assert {path: rate for path, (_, rate, _) in chosen.items()} == dict.fromkeys(
        ("lin.sln", "gsm.gsm", "wav49.WAV", "no-extension"), 8000
    )


def test_what_is_no_sound_here_is_handed_over_without_one(tmp_path, monkeypatch):
    """A text of voicemail, what is no sound at all, and G.722 where nothing decodes it. One has listen.wav."""
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "voicekit.formats.ffmpeg", raising=False)
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    files = {
        "wide.g722": noise(1, 8000),
        "msg0000.txt": b"[message]\n",
        "odd.mp3": b"ID3" + bytes(500),
        "law.ulaw": noise(2, 8000),
    }
    for path, content in files.items():
        lay(one.spool, path, content, 2 * HOUR)
    one.archive(free=False)
    outcomes = export(one, recordings(one), tmp_path / "case.zip")
    assert sorted(codes(outcomes)) == ["exported"] * 4 + ["no-listen"] * 3 + ["written"]
    assert not any(outcome.bad for outcome in outcomes)
    why = " ".join(outcome.detail for outcome in outcomes if outcome.code == "no-listen")
    assert ".g722 can't be decoded here: av is not installed; in voicekit's folder" in why
    assert "it is a text" in why
    assert "/voicekit-" not in why
    with zipfile.ZipFile(tmp_path / "case.zip") as case:
        assert sum(each.endswith("listen.wav") for each in case.namelist()) == 1
        originals = {
            each.rpartition("/")[2]: case.read(each) for each in case.namelist() if each.endswith(tuple(files))
        }
        assert case.read("statement.en.txt").count(b"There is no listen.wav") == 3
        assert case.read("statement.ru.txt").decode().count("listen.wav не приложен") == 3
    assert originals == files


def test_of_what_no_name_is_known_only_a_header_says_what_it_is(tmp_path):
    """After a lost page of sidecars, say: a text must not become noise."""
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", sealed=False)
    lay(one.spool, "msg0000.txt", b"[message]\n" * 9, 2 * HOUR)
    lay(one.spool, name(1), sound(1))
    one.archive(free=False)
    shutil.rmtree(tmp_path / "nas/meta")
    outcomes = export(one, recordings(one), tmp_path / "case.zip")
    assert [each.detail for each in outcomes if each.code == "no-listen"] == [
        "without listen.wav: its name is not known, and so not what it is; voicekit calls reindex says why"
    ]


@pytest.mark.parametrize(("file", "why"), [("msg0000.txt", "it is a text"), ("a.g722", "av is not installed")])
def test_what_can_not_be_played_says_why(tmp_path, monkeypatch, file, why):
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "voicekit.formats.ffmpeg", raising=False)
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    lay(one.spool, file, noise(1, 800), 2 * HOUR)
    one.archive(free=False)
    with one.reach() as store, pytest.raises(InputError, match=why):
        list(play_call.apply(one.settings, one.ring, store, recordings(one)[0], WHY, wait=lambda: None))


def test_a_browser_plays_it(one):
    with one.reach() as store:
        heard = play_call.apply(one.settings, one.ring, store, recordings(one)[0], WHY, wait=lambda: None)
        with urllib.request.urlopen(next(heard).data["url"]) as answer:
            assert soundfile.read(io.BytesIO(answer.read()), dtype="int16")[0].size
        assert codes(heard) == ["served"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_told_to_end_leaves_nothing_that_can_be_heard(one, tmp_path, number):
    (tmp_path / "tmp").mkdir()
    words = (sys.executable, "-m", "voicekit", "calls", "play", recordings(one)[0], "--serve", "--reason", WHY)
    more = {"TMPDIR": str(tmp_path / "tmp"), "PYTHONUNBUFFERED": "1"}
    before = signal.signal(number, signal.SIG_DFL)  # which nohup may have had ignored: what it starts inherits that
    with subprocess.Popen(
        words, cwd=one.root, env=os.environ | more, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        signal.signal(number, before)
        assert process.stdout.readline().startswith(b"serving")
        assert [*(tmp_path / "tmp").iterdir()]
        process.send_signal(number)
        assert process.wait(20) == 128 + number
    assert not [*(tmp_path / "tmp").iterdir()]


def test_a_signal_that_breaks_off_no_read_ends_the_wait_all_the_same(monkeypatch):
    """As one that comes right before the read, here in another thread: the main one only learns of it when it looks."""
    reading, writing = os.pipe()
    stdin_before, typed = os.dup(0), []

    def another():
        time.sleep(0.1)
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        if not ended.wait(10):
            typed.append(os.write(writing, b"\n"))

    ended, thread = threading.Event(), threading.Thread(target=another)
    before = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    try:
        os.dup2(reading, 0)
        with os.fdopen(reading) as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            thread.start()
            access._wait()
            ended.set()
    finally:
        os.dup2(stdin_before, 0)
        os.close(stdin_before)
        signal.signal(signal.SIGUSR1, before)
        thread.join()
        os.close(writing)
    assert not typed


def test_signals_mean_afterwards_what_they_meant_before():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending.tidily():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert callable(signal.getsignal(signal.SIGTERM))
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_cases_are_listed_and_a_recording_tells_who_holds_it_and_who_had_it(one, tmp_path, run):
    first, second = recordings(one)
    assert run("calls", "holds", "-C", one.root).out.split()[:2] == ["none", "hold"]
    hold(one, of("", first), "2026-17", "a claim")
    hold(one, of("", first, second), "2026-18", "another")
    hold(one, of("", second), "2026-19", "a third")
    unhold(one, case="2026-19")
    export(one, [first], tmp_path / "case.zip")
    one.restore([first], tmp_path / "back")
    who = f"{datetime.now(UTC).date()}, by {notes.actor()}"
    ran = run("calls", "holds", "-C", one.root)
    assert [" ".join(line.split()) for line in ran.out.splitlines()] == [
        f"case 2026-17 1 recording since {who}: a claim",
        f"case 2026-18 2 recordings since {who}: another",
    ]
    told = [json.loads(line) for line in run("calls", "show", first, "--json", "-C", one.root).out.splitlines()]
    assert [(each["data"]["case"], each["data"]["reason"]) for each in told if each["code"] == "held"] == [
        ("2026-17", "a claim"),
        ("2026-18", "another"),
    ]
    had = {(each["detail"], each["data"]["reason"]) for each in told if each["code"] == "access"}
    assert had == {("export", WHY), ("restore", "a dispute")}
    with one.reach() as store:
        for stat in list(store.list("notes/")):
            store.purge(stat.key)
    lost = run("calls", "holds", "-C", one.root)
    assert lost.out.count("its note can't be read") == 2
    assert "notes/" in lost.out


def test_a_machine_with_the_key_alone_can_hand_over(one, tmp_path):
    other = Workspace(tmp_path / "court", tmp_path / "none", one.store, key=one.key)
    assert codes(export(other, recordings(one), tmp_path / "case.zip")) == ["exported"] * 2 + ["written"]
    assert {kind for kind, *_ in said(one)} == {"access"}


def share(one, chosen, seconds=3600):
    with one.reach() as store:
        return list(share_calls.apply(one.settings, one.ring, store, chosen, seconds, WHY))


@pytest.mark.parametrize("encoding", ["keep", "flac"])
def test_a_link_is_heard_by_who_has_no_key(tmp_path, moto, moto_bucket, encoding):
    address = moto.address(moto_bucket, "p")
    one = Workspace(tmp_path / "one", tmp_path / "spool", address, sealed=False, more=f'encoding = "{encoding}"')
    lay(one.spool, name(1), sound(1))
    one.archive(free=False)
    (outcome,) = share(one, recordings(one))
    assert outcome.code == "shared"
    assert "X-Amz-Signature=" in outcome.data["url"]
    with urllib.request.urlopen(outcome.data["url"]) as answer:
        end = {"keep": "wav", "flac": "flac"}[encoding]
        assert answer.headers["Content-Type"] == f"audio/{end}"
        assert answer.headers["Content-Disposition"] == f'inline; filename="{recordings(one)[0][:8]}.{end}"'
        assert outcome.detail.endswith(f" ({end})")
        heard = soundfile.read(io.BytesIO(answer.read()), dtype="int16")[0]
    assert np.array_equal(heard, soundfile.read(io.BytesIO(sound(1)), dtype="int16")[0])
    assert [what for _, what, *_ in said(one)] == ["share"]


@pytest.mark.parametrize("file", ["q-1.gsm", "q-1.WAV"])
def test_what_no_browser_plays_is_told_with_its_link(tmp_path, moto, moto_bucket, file):
    one = Workspace(tmp_path / "one", tmp_path / "spool", moto.address(moto_bucket, "p"), sealed=False)
    lay(one.spool, file, wav49(100) if file.endswith("WAV") else bytes(3300))
    one.archive(free=False)
    (outcome,) = share(one, recordings(one))
    assert f"({file[4:]}: no browser plays it; voicekit calls export" in outcome.detail
    with urllib.request.urlopen(outcome.data["url"]) as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"


def test_what_is_sealed_has_no_link_and_what_has_none_is_said(one, tmp_path):
    assert codes(share(one, recordings(one))) == ["sealed"] * 2
    assert said(one) == []
    plain = Workspace(tmp_path / "plain", tmp_path / "calls", f"file:{tmp_path}/plain-nas", sealed=False)
    lay(plain.spool, name(1), sound(1))
    plain.archive(free=False)
    assert codes(share(plain, recordings(plain))) == ["no-links"]
    with pytest.raises(InputError, match="seven days"):
        share(plain, recordings(plain), 8 * 86_400)


@pytest.mark.parametrize("command", ["export", "report", "erase"])
def test_a_file_that_can_not_be_written_is_refused_before_anything_is_done(one, tmp_path, run, monkeypatch, command):
    recording = recordings(one)[0]
    chosen = {"export": [recording, "--reason", WHY], "report": []}
    asked = chosen.get(command, ["--recording", recording, "--reason", "17", "--yes"])

    def refused(path):
        before = one.entries()
        ran = run("calls", command, *asked, "-o", path, "-C", one.root)
        assert (ran.out, one.entries()) == ("", before)
        return ran.code, ran.err

    code, told = refused(tmp_path / "nosuch/file")
    assert (code, told) == (4, f"voicekit: {tmp_path}/nosuch: no such folder; make it, or name another file with -o\n")
    assert not (tmp_path / "nosuch").exists()
    assert refused(tmp_path)[0] == 4
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    code, told = refused(tmp_path / "file")
    assert (code, "you may not write there" in told) == (6, True)

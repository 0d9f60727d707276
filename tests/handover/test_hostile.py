"""An archive from a stranger: refused before anything is written."""

import fcntl
import hashlib
import json
import os
import random
import stat
import zipfile
from zipfile import ZipFile, ZipInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import Site

from voicekit import workspace
from voicekit.errors import VoicekitError
from voicekit.handover import INDEX, PAGE, archive, names
from voicekit.jobs import restore


@pytest.fixture
def files(tmp_path):
    """The files of a good workspace."""
    return Site(tmp_path / "site").tree()


def index(files, **changes):
    record = {"handover": 1, "workspace": "Wind"}
    record["files"] = [
        {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()
    ]
    return json.dumps(record | changes).encode()


def pack(path, entries):
    with ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in entries:
            target.writestr(name, data)
    return path


def packed(path, files, extra=(), **changes):
    """An archive of these files; `extra` entries are in no index."""
    inside = [(f"workspace/{name}", data) for name, data in files.items()]
    return pack(path, [(PAGE, b"#"), (INDEX, index(files, **changes)), *inside, *extra])


def refused(path, tmp_path, match=None):
    with pytest.raises(VoicekitError, match=match) as caught:
        list(restore.apply(path, tmp_path / "back"))
    assert "\n" not in str(caught.value)
    assert sorted(entry.name for entry in tmp_path.iterdir() if entry.name != "site") == [path.name]


def test_a_good_one_is_taken(files, tmp_path):
    list(restore.apply(packed(tmp_path / "a.zip", files), tmp_path / "back"))
    assert Site(tmp_path / "site").tree() == {
        name: path.read_bytes()
        for path in (tmp_path / "back").rglob("*")
        if path.is_file() and (name := path.relative_to(tmp_path / "back").as_posix())
    }


def test_of_two_into_one_folder_one_is_told(files, tmp_path, monkeypatch):
    """The second begins when the first has written all and named nothing, and the other way round."""
    path, load, inner = packed(tmp_path / "a.zip", files), workspace.load, []

    def between(root):
        if not inner:
            inner.append(True)
            list(restore.apply(path, tmp_path / "back"))
            (tmp_path / "back/mine").write_text("x")
        return load(root)

    monkeypatch.setattr(workspace, "load", between)
    with pytest.raises(VoicekitError, match="came there meanwhile"):
        list(restore.apply(path, tmp_path / "back"))
    assert (tmp_path / "back/mine").exists()
    assert {name: (tmp_path / "back" / name).read_bytes() for name in files} == files
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_came_meanwhile_stays(files, tmp_path, monkeypatch):
    path, load = packed(tmp_path / "a.zip", files), workspace.load
    monkeypatch.setattr(workspace, "load", lambda root: (tmp_path / "back").write_text("mine") and load(root))
    with pytest.raises(VoicekitError, match="came there meanwhile"):
        list(restore.apply(path, tmp_path / "back"))
    assert (tmp_path / "back").read_text() == "mine"


def test_a_link_beside_it_is_not_followed(files, tmp_path):
    victim, folder = tmp_path / "victim", tmp_path / "pub"
    victim.mkdir()
    (victim / "mine").write_text("x")
    folder.mkdir()
    for name in (".back.voicekit-part", ".back.vk-x"):
        (folder / name).symlink_to(victim)
    list(restore.apply(packed(tmp_path / "a.zip", files), folder / "back"))
    assert [path.name for path in victim.iterdir()] == ["mine"]
    assert {path.name for path in folder.iterdir()} == {".back.voicekit-part", ".back.vk-x", "back"}
    assert (folder / "back").stat().st_mode & 0o700 == 0o700


def test_nobody_else_sees_it_before_it_is_whole(files, tmp_path, monkeypatch):
    modes, load = [], workspace.load
    monkeypatch.setattr(workspace, "load", lambda root: modes.append(root.stat().st_mode & 0o777) or load(root))
    list(restore.apply(packed(tmp_path / "a.zip", files), tmp_path / "back"))
    assert modes == [0o700]


def test_what_a_killed_run_left_is_swept_and_what_a_live_one_writes_is_not(files, tmp_path):
    path = packed(tmp_path / "a.zip", files)
    left, live = tmp_path / ".back.vk-left", tmp_path / ".back.vk-live"
    for folder in (left, live):
        folder.mkdir()
        (folder / "x").write_text("x")
        os.utime(folder, (0, 0))
    descriptor = os.open(live, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    list(restore.apply(path, tmp_path / "back"))
    os.close(descriptor)
    assert (left.exists(), live.exists()) == (False, True)


PATHS = [
    "../evil", "/etc/evil", "a/../../evil", "a//b", "a/./b", "./a", "", "a/", "C:/evil", "a\\..\\evil", ".git/hooks/x",
    ".bashrc", "a/.ssh/x", "vоicekit.toml", "ｖoicekit.txt", "a\u202eb", "a\u200bb", "a\nb", "a\x01b", "a ", "a.", " a",
    "x" * 300, "/".join("abcdefgh" * 20 for _ in range(9)), "e\u0301.txt",
    "store/.voicekit/lock", "store/.voicekit/sha256/../x",
    "prompts/con", "NUL.txt", "a/lpt1.tar.gz", "com0", "aux .x", "store/.voicekit/sha256/.x", "nul:", "a*", "\ud800x",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_name_that_is_not_right(path):
    assert names.wrong(path)


@pytest.mark.parametrize("path", [path for path in PATHS if path and path.isprintable() and len(path) < 200])
def test_no_file_of_such_a_name_is_written(files, tmp_path, path):
    refused(packed(tmp_path / "a.zip", files | {path: b"x"}), tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        "prompts/ru/меню.toml",
        "takes/Анна-1 (2).flac",
        ".gitignore",
        "a/b.c-d_e.toml",
        "é.txt",
        "a/contact.txt",
        "com10",
        "x.con",
    ],
)
def test_a_name_that_is_right(path):
    assert names.wrong(path) == ""


def test_names_that_clash():
    assert names.clash(["a", "A"])
    assert names.clash(["a/b", "a"])
    assert names.clash(["a", "a"])
    assert not names.clash(["a", "b", "c/a", "c/b"])
    assert names.clash(["voices/coco/voice.toml", "voices/сосо/voice.toml"])
    assert names.clash(["voices/coco/voice.toml", "voices/сосо/lexicon.toml"])
    assert names.clash(["voices/Coco/voice.toml", "voices/coco/lexicon.toml"])
    assert names.clash(["voices/COCO/a", "voices/СОСО/a"])
    assert not names.clash(["voices/coco/voice.toml", "voices/coco/lexicon.toml", "voices/анна/voice.toml"])


def test_twice(files, tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = packed(tmp_path / "a.zip", files, [("workspace/voicekit.toml", b"x")])
    refused(path, tmp_path, "twice")


def test_twice_but_for_capitals(files, tmp_path):
    refused(packed(tmp_path / "a.zip", files | {"VOICEKIT.toml": b"x"}), tmp_path, "twice")


def test_a_file_and_a_folder_of_one_name(files, tmp_path):
    refused(packed(tmp_path / "a.zip", files | {"voicekit.toml/x": b"x"}), tmp_path)


def test_links_and_devices(files, tmp_path):
    for kind in (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFDIR):
        entry = ZipInfo("workspace/link")
        entry.external_attr = (kind | 0o777) << 16
        refused(packed(tmp_path / "a.zip", files, [(entry, b"/etc/passwd")]), tmp_path, "no regular file")


def test_what_is_in_no_index_or_not_there(files, tmp_path):
    refused(packed(tmp_path / "a.zip", files, [("workspace/more.txt", b"x")]), tmp_path, "differ")
    refused(packed(tmp_path / "a.zip", files, [("outside.txt", b"x")]), tmp_path, "outside")
    inside = [(PAGE, b"#"), (INDEX, index(files | {"more": b"x"}))]
    refused(pack(tmp_path / "a.zip", [*inside, *((f"workspace/{n}", d) for n, d in files.items())]), tmp_path, "differ")


def test_a_wrong_hash(files, tmp_path):
    wrong = dict(files)
    name = next(iter(wrong))
    inside = [(f"workspace/{n}", d if n != name else d[:-1] + b"#") for n, d in files.items()]
    refused(
        pack(tmp_path / "a.zip", [(PAGE, b"#"), (INDEX, index(files)), *inside]), tmp_path, "not what the index says"
    )


def test_a_bomb(files, tmp_path):
    """40 MB of zeros in 40 kB are what deflate can do, and the index says so; it is the size that is not believed."""
    zeros = bytes(40 << 20)
    path = packed(tmp_path / "a.zip", files | {"zeros": zeros})
    data = bytearray(path.read_bytes())
    size = len(zeros).to_bytes(4, "little")
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = (4000 << 20).to_bytes(4, "little")
    path.write_bytes(data)
    refused(path, tmp_path)


def test_sizes_that_can_not_be(files, tmp_path):
    for size in (-1, 1 << 40, True, 1.5, "1", None):
        record = json.loads(index(files))
        record["files"][0]["bytes"] = size
        inside = [(f"workspace/{name}", data) for name, data in files.items()]
        refused(pack(tmp_path / "a.zip", [(PAGE, b"#"), (INDEX, json.dumps(record)), *inside]), tmp_path)


def test_too_many(files, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST", 3)
    refused(packed(tmp_path / "a.zip", files | {f"f{n}": b"" for n in range(9)}), tmp_path, "at most")


@pytest.mark.parametrize(
    "data", [b"", b"[" * 100_000, b"{}", b"[]", b'{"handover":2}', b"\xff", b'{"handover":1,"files":7}']
)
def test_an_index_that_is_none(files, tmp_path, data):
    refused(pack(tmp_path / "a.zip", [(PAGE, b"#"), (INDEX, data)]), tmp_path)


def test_no_handover_at_all(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    refused(tmp_path / "a.zip", tmp_path, "not a whole ZIP")
    refused(pack(tmp_path / "a.zip", [("x", b"")]), tmp_path)


def test_a_workspace_that_is_none_leaves_nothing(files, tmp_path):
    refused(packed(tmp_path / "a.zip", files | {"voicekit.toml": b"version = 9\n"}), tmp_path, "version 9")


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.integers(0, 2**32))
def test_flipped_bytes_are_refused_or_change_nothing(seed):
    import tempfile
    from pathlib import Path

    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = Site(root / "site").tree()
        path = packed(root / "a.zip", files)
        data = bytearray(path.read_bytes())
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.choice([len(data), len(data), chance.randrange(len(data))])])
        try:
            list(restore.apply(path, root / "back"))
        except VoicekitError:
            assert not (root / "back").exists()
            return
        assert {name: (root / "back" / name).read_bytes() for name in files} == files

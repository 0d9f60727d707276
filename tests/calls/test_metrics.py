"""What a run says of itself: one line for people, a file for Prometheus."""

import re
from pathlib import Path

import pytest
from calls.archives import WEEK, Workspace, lay, name, sound

from voicekit.calls import metrics
from voicekit.calls.metrics import Tally
from voicekit.errors import InputError

LINE = re.compile(r'[a-z_]+\{spool="[A-Za-z0-9_-]+"\} [0-9]+')


def values(path):
    return dict(line.rsplit(" ", 1) for line in path.read_text().splitlines() if not line.startswith("#"))


@pytest.fixture
def one(tmp_path):
    more = f'textfile = "{tmp_path}/voicekit.prom"\n'
    return Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", more=more)


def test_a_run_leaves_its_numbers(one, tmp_path):
    lay(one.spool, name(1), sound(1))
    lay(one.spool, name(2), sound(2), 2 * WEEK)
    lay(one.spool, name(3), sound(3), age=5)
    summary = one.all_of_archive()[-1]
    size = len(sound(1)) + len(sound(2))
    assert (summary.code, summary.data["archived"], summary.data["size"]) == ("summary", 2, size)
    assert re.fullmatch(
        r"2 archived \(0\.0 MB as 0\.0 MB\), 1 waiting, 1 freed \(0\.0 MB\), disk [0-9]+ % full", summary.detail
    )
    path = tmp_path / "voicekit.prom"
    told = values(path)
    assert told['voicekit_calls_archived{spool="pbx1"}'] == "2"
    assert told['voicekit_calls_waiting{spool="pbx1"}'] == "1"
    assert told['voicekit_calls_freed{spool="pbx1"}'] == "1"
    assert int(told['voicekit_calls_disk_free_bytes{spool="pbx1"}']) > 0
    assert path.stat().st_mode & 0o777 == 0o644
    names = [line.split()[2] for line in path.read_text().splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    for line in path.read_text().splitlines():
        assert line.startswith("# ") or LINE.fullmatch(line)


def test_no_other_file_is_made_readable_through_a_link(one, tmp_path, monkeypatch):
    """The folder is another user's, who puts a link where the file was, a moment after it got its name."""
    secret = tmp_path / "shadow"
    secret.write_text("x")
    secret.chmod(0o600)
    path, replaced = tmp_path / "voicekit.prom", Path.replace

    def swapped(name, to):
        replaced(name, to)
        path.unlink()
        path.symlink_to(secret)

    monkeypatch.setattr(Path, "replace", swapped)
    metrics.write(path, [Tally("pbx1")], 1)
    assert secret.stat().st_mode & 0o777 == 0o600


def test_a_failure_keeps_the_last_success(one, tmp_path):
    path = tmp_path / "voicekit.prom"
    success = 'voicekit_calls_last_success_timestamp_seconds{spool="pbx1"}'
    metrics.write(path, [Tally("pbx1")], 1000)
    assert values(path)[success] == "1000"
    metrics.write(path, [Tally("pbx1", failed=1)], 2000)
    metrics.write(path, [Tally("pbx1", failed=1)], 3000)
    assert values(path)[success] == "1000"
    assert values(path)['voicekit_calls_last_run_timestamp_seconds{spool="pbx1"}'] == "3000"
    path.write_bytes(b"\xff" * 100)
    metrics.write(path, [Tally("pbx1", failed=1)], 4000)
    assert success not in values(path)


def test_a_spool_that_can_not_be_looked_at_has_failed(one, tmp_path):
    one.spool.rmdir()
    said = one.all_of_archive()
    assert [outcome.code for outcome in said] == ["not-archived", "summary"]
    assert values(tmp_path / "voicekit.prom")['voicekit_calls_failed{spool="pbx1"}'] == "1"


def test_a_folder_that_is_not_there(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="correct textfile"):
        metrics.write(tmp_path / "file/x.prom", [Tally("a")], 1)

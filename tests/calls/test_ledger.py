"""The ledger: durable before it is told, torn only where nobody was told, and every change in it is found."""

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicekit import fs
from voicekit.calls import chain, ledger, naming
from voicekit.calls.chain import START, Kind, Link
from voicekit.calls.ledger import opened
from voicekit.calls.receipts import Proof, Receipt
from voicekit.errors import InputError, LockedError, StoreError, VerificationError

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def held(number):
    return Kind.HOLD, {"recording": str(UUID(int=number)), "case": "17"}


def receipt(number=1):
    sha = hashlib.sha256(str(number).encode()).hexdigest()
    name = str(UUID(int=number))
    return Receipt(
        name, sha, 44, "flac", naming.call(name), sha[::-1], 40, Proof.SERVER, "00" * 8, f"meta/pbx/{'0' * 32}"
    )


def written(folder, *facts, at=NOON, writer="pbx-1"):
    with opened(folder, writer) as book:
        return book.append(at, *facts)


def segments(folder):
    return [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.jsonl"))]


def told(folder):
    return [entry.body for entry in chain.whole(segments(folder)) if entry.kind is not Kind.SEGMENT]


def test_what_was_said_is_read_again_in_order(tmp_path):
    entries = written(tmp_path, held(1), held(2))
    entries += written(tmp_path, (Kind.RECEIPT, receipt().body))
    found = list(chain.whole(segments(tmp_path)))
    assert found[1:] == entries
    assert [entry.seq for entry in found] == [1, 2, 3, 4]
    assert found[0].body == {"ledger": 1, "writer": "pbx-1", "number": 1}
    assert Receipt.of(found[-1].body) == receipt()
    assert found[0].previous == START.hash
    assert found[2].previous == found[1].hash


def test_a_line_is_json_with_the_hash_of_the_rest(tmp_path):
    written(tmp_path, held(1))
    for line in segments(tmp_path)[0][1].splitlines():
        told = json.loads(line)
        signed = told.pop("hash")
        rest = json.dumps(told, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(rest.encode()).hexdigest() == signed


def test_times_are_utc_whatever_zone_they_come_in(tmp_path):
    (entry,) = written(tmp_path, held(1), at=datetime(2026, 12, 1, 2, tzinfo=timezone(timedelta(hours=3))))
    assert (entry.at, entry.day) == ("2026-11-30T23:00:00Z", "2026-11-30")
    with pytest.raises(ValueError, match="zone"):
        written(tmp_path, held(1), at=datetime(2026, 12, 1))


def test_a_segment_ends_after_its_lines_or_its_day_and_the_chain_runs_on(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "MOST", 3)
    with opened(tmp_path, "pbx-1") as book:
        for number in range(3):  # head and two lines; head and one
            book.append(NOON, held(number))
        book.append(NOON + DAY, held(3))
        assert [number for number, _ in book.sealed()] == [1, 2]
        assert book.seal(NOON + DAY)
        assert not book.seal(NOON + DAY)
        assert [number for number, _ in book.sealed()] == [1, 2, 3]
        book.append(NOON + 2 * DAY, held(4))  # an empty segment need not end
    assert [body["recording"] for body in told(tmp_path)] == [str(UUID(int=n)) for n in range(5)]
    assert [len(data.splitlines()) for _, data in segments(tmp_path)] == [3, 2, 2, 2]


def test_sealed_segments_may_be_removed_here(tmp_path):
    with opened(tmp_path, "pbx-1") as book:
        book.append(NOON, held(1))
        book.seal(NOON)
        ((number, path),) = book.sealed()
    kept = path.name, path.read_bytes()
    path.unlink()
    written(tmp_path, held(2))
    assert number == 1
    assert len(list(chain.whole([kept, *segments(tmp_path)]))) == 4


def test_a_missing_or_swapped_segment_is_found(tmp_path):
    with opened(tmp_path, "pbx-1") as book:
        for number in range(3):
            book.append(NOON + number * DAY, held(number))
    one, two, three = segments(tmp_path)
    for wrong in ([two, three], [one, three], [one, three, two], [one, one, two]):
        with pytest.raises(VerificationError, match="does not follow"):
            list(chain.whole(wrong))


def test_the_root_of_a_day_vouches_for_all_before(tmp_path):
    with opened(tmp_path, "pbx-1") as book:
        book.append(NOON, held(1))
        (last,) = book.append(NOON, held(2))
        (next_day,) = book.append(NOON + DAY, held(3))
    found = chain.roots(chain.whole(segments(tmp_path)))
    assert found == {"2026-11-30": last.link, "2026-12-01": next_day.link}


def test_one_process_at_a_time_and_one_writer(tmp_path):
    with opened(tmp_path, "pbx-1"), pytest.raises(LockedError), opened(tmp_path, "pbx-1"):
        pass
    written(tmp_path, held(1))
    with pytest.raises(InputError, match="the ledger of pbx-1, not of pbx-2"), opened(tmp_path, "pbx-2"):
        pass


def test_another_version_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(chain, "VERSION", 2)
    written(tmp_path, held(1))
    monkeypatch.undo()
    with pytest.raises(InputError, match="does not know"), opened(tmp_path, "pbx-1"):
        pass


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_cut_at_any_byte_loses_what_was_not_whole_and_no_more(tmp_path_factory, data):
    """Bytes of the last append are missing: of it, a whole line may stay; nothing of what was told is lost."""
    folder = tmp_path_factory.mktemp("cut")
    written(folder, held(1), held(2))
    path = next(folder.glob("*.jsonl"))
    before = path.stat().st_size
    written(folder, held(3), held(4))
    cut = data.draw(st.integers(before, path.stat().st_size))
    os.truncate(path, cut)
    written(folder, held(5))
    numbers = [UUID(body["recording"]).int for body in told(folder)]
    assert numbers in ([1, 2, 5], [1, 2, 3, 5], [1, 2, 3, 4, 5])


def test_every_flipped_bit_is_found(tmp_path):
    written(tmp_path, held(1), (Kind.RECEIPT, receipt().body))
    path = next(tmp_path.glob("*.jsonl"))
    data = path.read_bytes()
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises((VerificationError, InputError)):
            list(chain.verified(bytes(flipped), "x"))


def test_a_flipped_bit_in_the_last_segment_is_no_torn_line(tmp_path):
    """Least of all in its last newline: what was told would be cut off."""
    written(tmp_path, held(1))
    path = next(tmp_path.glob("*.jsonl"))
    data = path.read_bytes()
    last = 8 * data[:-1].rfind(b"\n")
    for bit in range(last, 8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with pytest.raises(VerificationError), opened(tmp_path, "pbx-1"):
            pass
        assert path.read_bytes() == flipped


HOLD = Kind.HOLD, {"case": "17"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda one: [one, chain.line(Link(one.seq, "1" * 64), *HOLD, NOON)],
        lambda one: [one, chain.line(Link(one.seq + 1, one.hash), *HOLD, NOON)],
        lambda one: [one, chain.head(one, "pbx-1", 2, NOON)],
        lambda one: [chain.line(START, *HOLD, NOON)],
    ],
    ids=["hash", "number", "head within", "no head"],
)
def test_lines_that_were_written_anew_do_not_join(tmp_path, wrong):
    head = chain.head(START, "pbx-1", 1, NOON)
    one = chain.read(head).link
    lines = [head if line == one else line for line in wrong(one)]
    assert len(list(chain.verified(head + chain.line(one, *HOLD, NOON), "x"))) == 2
    with pytest.raises(VerificationError):
        list(chain.verified(b"".join(lines), "x"))


WRITING = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from voicekit.calls import ledger
from voicekit.calls.chain import Kind
ledger.MOST = 7
with ledger.opened(Path(sys.argv[1]), "pbx-1") as book:
    for number in range(int(sys.argv[2]), 1 << 30):
        facts = [(Kind.HOLD, {"recording": str(UUID(int=number)), "case": "x" * 5000})] * (1 + number % 3)
        book.append(datetime(2026, 11, 30, tzinfo=UTC) + timedelta(hours=number), *facts)
        print(number, flush=True)
"""


def test_killed_at_any_moment_nothing_that_was_told_is_lost(tmp_path):
    acknowledged, rng = [-1], random.Random(8)
    for _ in range(8):
        argv = [sys.executable, "-c", WRITING, str(tmp_path), str(acknowledged[-1] + 1)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
            acknowledged.append(int(process.stdout.readline()))
            time.sleep(rng.uniform(0, 0.05))
            process.kill()
            acknowledged += map(int, process.stdout.read().split())
    written(tmp_path, held(0), at=NOON + 999 * DAY)
    numbers = [UUID(body["recording"]).int for body in told(tmp_path)]
    for number in acknowledged[1:]:
        assert numbers.count(number) >= 1 + number % 3


def test_the_damaged_line_is_named(tmp_path):
    written(tmp_path, held(1), held(2))
    path = next(tmp_path.glob("*.jsonl"))
    path.write_bytes(path.read_bytes().replace(str(UUID(int=1)).encode(), str(UUID(int=3)).encode()))
    with pytest.raises(VerificationError, match=r"00000001\.jsonl:2: .*its hash is not that of its content"):
        written(tmp_path, held(5))


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    written(tmp_path, held(1))
    real, calls = os.write, count()

    def full(handle, data):
        if next(calls):
            raise OSError(28, "No space left on device")
        return real(handle, bytes(data)[:50])

    with opened(tmp_path, "pbx-1") as book:
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            book.append(NOON, held(2))
        monkeypatch.undo()
        with pytest.raises(StoreError, match="open the ledger again"):
            book.append(NOON, held(3))
    written(tmp_path, held(4))
    assert [UUID(body["recording"]).int for body in told(tmp_path)] == [1, 4]


def test_what_could_not_be_synced_was_not_said(tmp_path, monkeypatch):
    written(tmp_path, held(1))
    real, calls = os.fsync, count()

    def failing(handle):
        if not next(calls):
            raise OSError(5, "Input/output error")
        real(handle)

    with opened(tmp_path, "pbx-1") as book:
        monkeypatch.setattr(os, "fsync", failing)
        with pytest.raises(OSError, match="Input/output"):
            book.append(NOON, held(2))
    assert [UUID(body["recording"]).int for body in told(tmp_path)] == [1]


def test_nothing_is_told_before_it_is_synced(tmp_path, monkeypatch):
    written(tmp_path, held(1))
    path = next(tmp_path.glob("*.jsonl"))
    with opened(tmp_path, "pbx-1") as book:
        synced = []
        monkeypatch.setattr(os, "fsync", lambda _: synced.append(path.stat().st_size))
        book.append(NOON, held(2), held(3))
    assert synced == [path.stat().st_size]


def test_a_new_segment_that_could_not_be_made_forks_nothing(tmp_path, monkeypatch):
    written(tmp_path, held(1))
    with opened(tmp_path, "pbx-1") as book:
        monkeypatch.setattr(fs, "sync_folder", lambda _: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        with pytest.raises(OSError, match="Input/output"):
            book.append(NOON + DAY, held(2))
        monkeypatch.undo()
        with pytest.raises(StoreError):
            book.append(NOON, held(2))
    written(tmp_path, held(3), at=NOON + DAY)
    assert [UUID(body["recording"]).int for body in told(tmp_path)] == [1, 3]

"""`voicekit calls find` in an index of ten million synthetic recordings, and how many bytes a recording takes there.

    python -m bench.find [COUNT] [FOLDER]

FOLDER keeps the index for another run. The calls are those of a call centre with FreePBX: 200,000 callers in fourteen
months, eight queues, two hundred extensions; 60 % have one record, 30 % two, 10 % four.
"""

import argparse
import random
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.measure import VOICEKIT, heading, run, table
from voicekit.calls import naming, numbers
from voicekit.calls.index import base, query
from voicekit.calls.index.query import Query
from voicekit.calls.index.row import Row
from voicekit.calls.index.writer import Writer
from voicekit.calls.receipts import Proof, Receipt

COUNT = 10_000_000
MONTHS = 14 * 30 * 86_400  # s
END = 1_795_000_000
DAY = 86_400
TIMES = 25  # that each query is asked, for another number
BARS = "bars: 50 ms for a number with dates, and for the last seven digits; 450 bytes a recording, 750 with all fields"
BATCH = 5000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, nargs="?", default=COUNT)
    parser.add_argument("folder", type=Path, nargs="?")
    asked = parser.parse_args()
    heading(f"find: {asked.count} recordings")
    with tempfile.TemporaryDirectory() as scratch:
        measure(asked.folder or Path(scratch), asked.count)


def measure(root: Path, count: int) -> None:
    path = workspace(root)
    if not base.answers(path):
        began = time.perf_counter()
        fill(path, count)
        print(f"made in {time.perf_counter() - began:.0f} s: {count / (time.perf_counter() - began):.0f} recordings/s")
    with base.reading(path) as opened:
        print(BARS)
        total, told = sizes(opened)
        size = path.stat().st_size
        print(f"{size / count:.0f} bytes a recording; without the other fields {(size - told) / count:.0f}")
        print(", ".join(f"{name} {size / count:.0f}" for name, size in sorted(total.items(), key=lambda one: -one[1])))
        table(["query", "ms, median", "ms, worst", "found"], list(queries(opened, count)))
    command(root)


def workspace(root: Path) -> Path:
    (root / "nas").mkdir(parents=True, exist_ok=True)
    (root / "voicekit.toml").write_text(
        '[stores]\nnas = "file:nas"\n[calls]\nencryption = "off"\ncountry = "RU"\nzone = "Europe/Moscow"\n'
    )
    (root / ".voicekit").mkdir(exist_ok=True)
    return root / ".voicekit" / "index.sqlite"


def fill(path: Path, count: int) -> None:
    with base.following(path, "RU") as opened:
        writer = Writer(opened)
        made, there = synthetic(count), writer.next - 1  # of a run that was ended
        for _ in range(there):
            next(made)
        for _ in range(there, count, BATCH):
            with opened:
                writer.add(row for _, row in zip(range(BATCH), made, strict=False))
        writer.finish()


def synthetic(count: int):
    """Rows in the order in which they were archived; the same for the same count."""
    chance = random.Random(1)
    callers = [caller(number) for number in range(200_000)]
    for number in range(count):
        began = END - MONTHS + MONTHS * number // count
        uuid = bytearray(chance.randbytes(16))
        uuid[6], uuid[8] = uuid[6] & 0x0F | 0x80, uuid[8] & 0x3F | 0x80
        name = uuid.hex()
        recording = f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}"
        receipt = Receipt(
            recording=recording,
            original=chance.randbytes(32).hex(),
            size=chance.randrange(50_000, 5_000_000),
            encoding="flac",
            key=naming.call(recording),
            stored=chance.randbytes(32).hex(),
            stored_size=chance.randrange(30_000, 3_000_000),
            proof=Proof.SERVER,
            master="db54c6d076cee254",
            page=f"meta/pbx1/archive-ee84e333-{number // 256:016x}",
        )
        yield call(chance, receipt, began, number, callers[int(chance.random() ** 2 * len(callers))])


def caller(number: int) -> str:
    return f"79{100_000_000 + number * 7919 % 900_000_000:09}"


def call(chance: random.Random, receipt: Receipt, began: int, number: int, outside: str) -> Row:
    incoming = chance.random() < 0.7
    extension, did = str(200 + chance.randrange(200)), f"7495{1230000 + chance.randrange(8)}"
    queue = str(700 + chance.randrange(8)) if incoming else ""
    duration, uniqueid = chance.randrange(5, 900), f"{began}.{number % 1_000_000}"
    source, called = (f"8{outside[1:]}", did) if incoming else (extension, f"8{outside[1:]}")
    stamp = datetime.fromtimestamp(began, UTC)
    file = f"{'q' if incoming else 'out'}-{queue or called}-{source}-{stamp:%Y%m%d-%H%M%S}-{uniqueid}.wav"
    rows = [
        {
            "billsec": duration,
            "calldate": "",
            "channel": f"PJSIP/trunk-{number:08x}",
            "clid": f'"{source}" <{source}>',
            "cnum": source,
            "dcontext": "ext-queues" if incoming else "from-internal",
            "disposition": "ANSWERED",
            "did": did if incoming else "",
            "dst": queue or called,
            "dstchannel": f"PJSIP/{extension}-{number + 1 + leg:08x}",
            "duration": duration + chance.randrange(2, 20),
            "end": f"{datetime.fromtimestamp(began + duration + 5, UTC).isoformat()}",
            "lastapp": "Queue" if incoming else "Dial",
            "lastdata": f"{queue},t,,," if incoming else f"PJSIP/{called}@trunk,300,T",
            "linkedid": uniqueid,
            "more": {"amaflags": "3"},
            "recordingfile": file,
            "sequence": number * 3 + leg,
            "src": source,
            "start": stamp.isoformat(),
            "uniqueid": uniqueid if not leg else f"{began}.{number % 1_000_000 + leg}",
        }
        for leg in range(chance.choices((1, 2, 4), (6, 3, 1))[0])
    ]
    sidecar = {
        "began": stamp.isoformat(),
        "call": {"call": 1, "rows": rows},
        "destination": queue or called,
        "direction": "in" if incoming else "out",
        "kind": "freepbx",
        "leg": "",
        "modified": began + duration,
        "path": f"{stamp:%Y/%m/%d}/{file}",
        "pbx": "pbx1",
        "sidecar": 1,
        "source": source,
        "uniqueid": uniqueid,
    }
    return Row(
        receipt,
        began + 3600,
        "pbx1",
        began,
        duration,
        estimated=False,
        direction="in" if incoming else "out",
        queue=queue,
        agent=extension if incoming else "",
        source=source,
        destination=called,
        uniqueid=uniqueid,
        linkedid=uniqueid if number % 10 else f"{began - 7}.{number}",
        keys=(outside, did, queue, extension) if incoming else (outside, extension),
        sidecar=sidecar,
    )


def sizes(opened: sqlite3.Connection) -> tuple[dict[str, int], int]:
    """Bytes of the file by table and index, and of the other fields in it."""
    try:
        named = dict(opened.execute("select name, sum(pgsize) from dbstat group by name"))
    except sqlite3.OperationalError:  # an SQLite without dbstat
        named = {
            "all": opened.execute("select page_count * page_size from pragma_page_count, pragma_page_size").fetchone()[
                0
            ]
        }
    return named, int(opened.execute("select sum(length(told)) from recordings").fetchone()[0] or 0)


def queries(opened: sqlite3.Connection, count: int):
    chance = random.Random(2)
    frequent = [caller(int(chance.random() ** 2 * 200_000)) for _ in range(TIMES)]
    spans = [END - MONTHS + chance.randrange(MONTHS - 30 * DAY) for _ in range(TIMES)]
    cases = {
        "a number, 30 days": [
            Query(numbers.sought(f"8{n[1:]}", "RU"), s, s + 30 * DAY) for n, s in zip(frequent, spans, strict=True)
        ],
        "a number": [Query(numbers.sought(n, "RU")) for n in frequent],
        "the last seven digits": [Query(numbers.ending(n[-7:])) for n in frequent],
        "the last seven digits, 30 days": [
            Query(numbers.ending(n[-7:]), s, s + 30 * DAY) for n, s in zip(frequent, spans, strict=True)
        ],
        "an agent, a day": [Query(agent=str(200 + i), since=s, until=s + DAY) for i, s in enumerate(spans)],
        "a queue": [Query(queue=str(700 + i % 8)) for i in range(TIMES)],
        "a day, longer than 10 min": [Query(since=s, until=s + DAY, shortest=600) for s in spans],
        "a uniqueid": [
            Query(call=f"{END - MONTHS + MONTHS * n // count}.{n % 1_000_000}")
            for n in range(0, count, max(count // TIMES, 1))
        ],
        "an hour, a field of a record": [Query(since=s, until=s + 3600, fields=(("dst", "703"),)) for s in spans],
    }
    for name, asked in cases.items():
        walls, found = [], []
        for each in asked:
            began = time.perf_counter()
            answer = query.ask(opened, each, 50)
            walls.append(time.perf_counter() - began)
            found.append(len(answer.recordings) + answer.more)
        yield [name, f"{median(walls) * 1000:.1f}", f"{max(walls) * 1000:.1f}", f"{median(found):.0f}"]


def command(root: Path) -> None:
    costs = [run(VOICEKIT, "calls", "find", caller(n), "--since", "2026-09-01", "-C", str(root)) for n in range(5)]
    print(
        f"voicekit calls find NUMBER --since DATE: {median(cost.wall for cost in costs) * 1000:.0f} ms, whole command"
    )


if __name__ == "__main__":
    main()

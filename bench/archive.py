"""`voicekit calls archive` against rclone: 3,000 recordings of about 50 KB, to the S3 server that AWS tools find.

S3_ENDPOINT and the AWS variables say where (tests/servers/start-rgw.sh starts one, and writes them to a file). The
recordings are Debian's prompts in English, each made another by its last samples; each run begins with an empty prefix
and an empty ledger. rclone proves what it copies, seals nothing, writes no receipt, and takes no notice of calls that
are on.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import boto3

from bench.measure import VOICEKIT, Cost, heading, run, table
from bench.push import emptied, remote
from voicekit.calls import keys

COUNT = 3000
SMALLEST, LARGEST = 30_000, 75_000  # bytes of a prompt that stands for a recording
ROUNDS = 5
SOURCE = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
WAYS = {
    "voicekit, keep": ('encoding = "keep"\nencryption = "off"',),
    "voicekit, keep, sealed": ('encoding = "keep"',),
    "voicekit, flac, sealed": ('encoding = "flac"',),
    "voicekit, flac, sealed, read back": ('encoding = "flac"', "--read-back"),
}


def main() -> None:
    rig("archive", _measure)


def rig(what: str, measure: Callable[[Path, str, str], None]) -> None:
    """`measure` gets a spool, beside which lies a key that is confirmed, an empty bucket and the server's address."""
    endpoint = os.environ.get("S3_ENDPOINT")
    if not endpoint or not shutil.which("rclone") or not SOURCE.exists():
        print("skipped: apt-get install rclone asterisk-core-sounds-en-wav, and a server: tests/servers/start-rgw.sh")
        return
    os.environ.pop("AWS_CA_BUNDLE", None)  # rclone 1.60 takes none
    heading(f"{what}: {COUNT} recordings", "boto3", "cryptography")
    client = boto3.client("s3", endpoint_url=endpoint)
    bucket = f"voicekit-bench-{what}"
    with tempfile.TemporaryDirectory() as folder:
        spool = spool_of(Path(folder) / "spool")
        ring = keys.init(Path(folder) / "key")
        keys.confirm(Path(folder) / "key", keys.backup(ring))
        client.create_bucket(Bucket=bucket)
        try:
            measure(spool, bucket, endpoint)
        finally:
            emptied(client, bucket)
            client.delete_bucket(Bucket=bucket)


def medians(rounds: list[dict[str, Cost]]) -> list[list[str]]:
    """A row for each way; the first is what the others are compared with."""
    wall = {name: median(one[name].wall for one in rounds) for name in rounds[0]}
    cpu = {name: median(one[name].cpu for one in rounds) for name in rounds[0]}
    first = next(iter(wall))
    return [
        [name, f"{wall[name]:.1f}", f"{cpu[name]:.1f}", f"{COUNT / wall[name]:.0f}", f"{wall[first] / wall[name]:.2f}"]
        for name in wall
    ]


def _measure(spool: Path, bucket: str, endpoint: str) -> None:
    size = sum(path.stat().st_size for path in spool.rglob("*.wav"))
    rclone = ("rclone", "copy", "--checksum", "--transfers", "32", str(spool))
    rounds: list[dict[str, Cost]] = []
    for number in range(ROUNDS):
        one = {"rclone copy --checksum --transfers 32": run(*rclone, f"{remote(endpoint)}{bucket}/rclone{number}")}
        for way, (settings, *options) in WAYS.items():
            prefix = f"{way.replace(', ', '-').replace(' ', '-')}-{number}"
            root = workspace(spool, settings, f"s3://{bucket}/{prefix}?endpoint_url={endpoint}")
            one[way] = run(VOICEKIT, "calls", "archive", "pbx", "--keep", "-C", str(root), *options)
        rounds.append(one)
    columns = [f"{COUNT} recordings, {size / 1e6:.0f} MB", "wall, s", "client's CPU, s", "recordings/s", "times rclone"]
    table(columns, medians(rounds))
    print(f"\nmedians of {ROUNDS} interleaved rounds; client and server share the machine")


def workspace(spool: Path, settings: str, store: str) -> Path:
    root = Path(tempfile.mkdtemp(dir=spool.parent))
    lines = ["[calls]", f'store = "{store}"', 'key = "../key"', settings, "[calls.spools.pbx]", f'path = "{spool}"']
    first = ["[calls.spools.none]", f'path = "{root}"']
    (root / "voicekit.toml").write_text("\n".join([*lines, *first]) + "\n")
    run(VOICEKIT, "calls", "archive", "none", "-C", str(root))  # tries what the store enforces, once
    return root


def spool_of(folder: Path) -> Path:
    """COUNT recordings as FreePBX names them, an hour old."""
    sources = [path for path in sorted(SOURCE.rglob("*.wav")) if SMALLEST < path.stat().st_size < LARGEST]
    hour_ago = time.time() - 3600
    for number in range(COUNT):
        data = sources[number % len(sources)].read_bytes()
        day = folder / f"2026/11/{1 + number % 28:02}"
        day.mkdir(parents=True, exist_ok=True)
        path = day / f"in-600-8916{number:07}-202611{1 + number % 28:02}-120000-{1795000000 + number}.{number}.wav"
        path.write_bytes(data[:-8] + number.to_bytes(8, "little"))
        os.utime(path, (hour_ago, hour_ago))
    return folder


if __name__ == "__main__":
    main()

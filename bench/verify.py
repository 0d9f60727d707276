"""`voicekit calls verify` against `rclone check --download`: 3,000 recordings, in the S3 server that AWS tools find.

Both read every object back; rclone reads its originals from the disk beside them, voicekit proves each against its
receipt, and the ledger against itself. Each way verifies what it has archived itself.
"""

from pathlib import Path

from bench.archive import COUNT, medians, rig, workspace
from bench.measure import VOICEKIT, Cost, run, table
from bench.push import remote

ROUNDS = 5
WAYS = {
    "voicekit, keep": 'encoding = "keep"\nencryption = "off"',
    "voicekit, keep, sealed": 'encoding = "keep"',
    "voicekit, flac, sealed": 'encoding = "flac"',
}


def main() -> None:
    rig("verify", _measure)


def _measure(spool: Path, bucket: str, endpoint: str) -> None:
    there = f"{remote(endpoint)}{bucket}/rclone"
    run("rclone", "copy", "--transfers", "32", str(spool), there)
    roots = {}
    for way, settings in WAYS.items():
        store = f"s3://{bucket}/{way.replace(', ', '-').replace(' ', '-')}?endpoint_url={endpoint}"
        roots[way] = workspace(spool, settings, store)
        run(VOICEKIT, "calls", "archive", "pbx", "--keep", "-C", str(roots[way]))
        run(VOICEKIT, "calls", "find", "--limit", "1", "-C", str(roots[way]))  # the index is made once
    first = "rclone check --download --checkers 32"
    rounds: list[dict[str, Cost]] = []
    for _ in range(ROUNDS):
        one = {first: run("rclone", "check", "--download", "--checkers", "32", "--transfers", "32", str(spool), there)}
        for way, root in roots.items():
            one[way] = run(VOICEKIT, "calls", "verify", "-C", str(root))
        rounds.append(one)
    table([f"{COUNT} recordings", "wall, s", "client's CPU, s", "recordings/s", "times rclone"], medians(rounds))
    print(f"\nmedians of {ROUNDS} interleaved rounds; client and server share the machine")


if __name__ == "__main__":
    main()

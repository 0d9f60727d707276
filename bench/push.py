"""`voicekit release push` against rclone: 600 prompts in six formats, to the S3 server that AWS tools find.

S3_ENDPOINT and the AWS variables say where (tests/servers/start-rgw.sh starts one, and writes them to a file). Both
push the same files in turns, each time to an empty prefix; rclone as its manual has it for many small files.
"""

import os
import shutil
import tempfile
from pathlib import Path
from statistics import median

import boto3

from bench.measure import VOICEKIT, Cost, heading, run, table
from bench.noop import write
from voicekit import workspace

COUNT = 600
FORMATS = ("sln16", "g722", "ulaw", "alaw", "gsm", "wav")
ROUNDS = 3
WORDS = "This is message number {n}. To hear it again, press {n}."


def main() -> None:
    endpoint = os.environ.get("S3_ENDPOINT")
    if not endpoint or not shutil.which("rclone"):
        print("skipped: apt-get install rclone, and a server: tests/servers/start-rgw.sh; . /tmp/voicekit-rgw/env")
        return
    os.environ.pop("AWS_CA_BUNDLE", None)  # rclone 1.60 takes none
    heading(f"push: {COUNT} prompts, {', '.join(FORMATS)}", "boto3")
    client = boto3.client("s3", endpoint_url=endpoint)
    bucket = "voicekit-bench-push"
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "acme"
        workspace_of(root)
        run(VOICEKIT, "revoice", "-C", str(root))
        built = run(VOICEKIT, "release", "build", "-C", str(root))
        print(f"{run('rclone', '--version').out.splitlines()[0]}; {built.out.splitlines()[0]} in {built.wall:.1f} s\n")
        client.create_bucket(Bucket=bucket)
        try:
            _measure(root, bucket, endpoint)
        finally:
            emptied(client, bucket)
            client.delete_bucket(Bucket=bucket)


def _measure(root: Path, bucket: str, endpoint: str) -> None:
    blobs = root / "store" / "blobs"
    count = sum(1 for _ in blobs.iterdir())
    size = sum(path.stat().st_size for path in blobs.iterdir())
    rounds: list[dict[str, Cost]] = []
    for number in range(ROUNDS):
        push = [VOICEKIT, "release", "push", "-C", str(root), "--no-masters", "--store"]
        address = f"s3://{bucket}/voicekit{number}?endpoint_url={endpoint}"
        rclone = ("rclone", "copy", "--checksum", "--transfers", "32", str(blobs))
        rounds.append(
            {
                "rclone copy --checksum --transfers 32": run(*rclone, f"{remote(endpoint)}{bucket}/rclone{number}"),
                "voicekit release push": run(*push, address),
                "rclone, again": run(*rclone, f"{remote(endpoint)}{bucket}/rclone{number}"),
                "voicekit, again": run(*push, address),
            }
        )
    wall = {name: median(one[name].wall for one in rounds) for name in rounds[0]}
    cpu = {name: median(one[name].cpu for one in rounds) for name in rounds[0]}
    rows = [[name, f"{wall[name]:.1f}", f"{cpu[name]:.1f}", f"{count / wall[name]:.0f}"] for name in wall]
    table([f"{count} objects, {size / 1e6:.0f} MB", "wall, s", "client's CPU, s", "objects/s"], rows)
    names = list(wall)
    print(f"\nvoicekit's objects/s to rclone's: {wall[names[0]] / wall[names[1]]:.2f} (medians of {ROUNDS})")


def workspace_of(root: Path) -> None:
    tables = [f'["bench/{n:04}"]\ntext = "{WORDS.format(n=n)}"\n' for n in range(COUNT)]
    write(root / "prompts/en/bench.toml", "\n".join(tables))
    voice = 'version = 1\nengine = "espeak"\nlicence = "GPL-3.0-or-later"\n[languages.en]\nvoice = "en-us"\n'
    write(root / "voices/robot/voice.toml", voice)
    write(root / workspace.FILE, workspace.template("bench", ("en",), FORMATS, "robot"))


def remote(endpoint: str) -> str:
    return f":s3,provider=Ceph,env_auth=true,endpoint='{endpoint}':"


def emptied(client: "boto3.client", bucket: str) -> None:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [{"Key": one["Key"]} for one in page.get("Contents", ())]
        if keys:
            client.delete_objects(Bucket=bucket, Delete={"Objects": keys})


if __name__ == "__main__":
    main()

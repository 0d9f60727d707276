"""S3 servers: Ceph's, which tests/servers/start-rgw.sh starts, and moto's, a thread of this process."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.loaders import JSONFileLoader

MISSING = "no Ceph gateway here: apt-get install ceph-mon ceph-osd radosgw, then tests/servers/start-rgw.sh"
_LOAD = JSONFileLoader.load_file
_EXPORT = re.compile(r"^export (\w+)=(.*)$", re.MULTILINE)


@cache
def _loaded(path: str):
    return _LOAD(JSONFileLoader(), path)


# Each session of botocore reads the description of S3 anew, a tenth of a second; here one is made for each store.
JSONFileLoader.load_file = lambda _, path: _loaded(path)


@dataclass(frozen=True)
class S3Server:
    """`endpoint` is what most tests ask; Ceph also listens with TLS, and where two requests at a time are too many."""

    endpoint: str
    keys: tuple[str, str]
    tls: str = ""
    ca: str = ""
    throttled: str = ""
    other_keys: tuple[str, str] = ("", "")  # of a user to whom no bucket belongs

    @property
    def environment(self) -> dict[str, str]:
        """Keys of this server alone: no profile, no metadata service, no proxy between."""
        return {
            "AWS_ACCESS_KEY_ID": self.keys[0],
            "AWS_SECRET_ACCESS_KEY": self.keys[1],
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "*",
        }

    def address(self, bucket: str, prefix: str = "", endpoint: str = "") -> str:
        return f"s3://{bucket}/{prefix}?endpoint_url={endpoint or self.endpoint}"

    def client(self, keys: tuple[str, str] | None = None, endpoint: str = "", **options):
        """boto3's own, to look and to meddle behind a store's back."""
        key, secret = keys or self.keys
        config = Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required")
        options = {"config": config, "region_name": "us-east-1", **options}
        endpoint = endpoint or self.endpoint
        return boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret, **options)

    @contextmanager
    def bucket(self, **options) -> Iterator[str]:
        """A bucket that nobody else uses; it is gone afterwards, with all versions of all that is in it."""
        client, name = self.client(), f"voicekit-{uuid4().hex}"
        client.create_bucket(Bucket=name, **options)
        try:
            yield name
        finally:
            empty(client, name)
            client.delete_bucket(Bucket=name)


def empty(client, bucket: str) -> None:
    """Whatever is in it, locked or not."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        every = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
        for start in range(0, len(every), 500):
            some = {"Objects": every[start : start + 500], "Quiet": True}
            answer = client.delete_objects(Bucket=bucket, Delete=some, BypassGovernanceRetention=True)
            for one in answer.get("Errors", ()):  # a legal hold
                which = {"Bucket": bucket, "Key": one["Key"], "VersionId": one["VersionId"]}
                client.put_object_legal_hold(**which, LegalHold={"Status": "OFF"})
                client.delete_object(**which, BypassGovernanceRetention=True)


def rgw() -> S3Server | None:
    """The running one of `VOICEKIT_RGW`, or of the place where start-rgw.sh puts it."""
    path = Path(os.environ.get("VOICEKIT_RGW", "/tmp/voicekit-rgw")) / "env"
    if not path.exists():
        return None
    env = dict(_EXPORT.findall(path.read_text()))
    return S3Server(
        env["S3_ENDPOINT"],
        (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]),
        env["S3_TLS_ENDPOINT"],
        env["S3_TLS_CA"],
        env["S3_THROTTLED_ENDPOINT"],
        (env["S3_READER_ACCESS_KEY_ID"], env["S3_READER_SECRET_ACCESS_KEY"]),
    )


@contextmanager
def moto() -> Iterator[S3Server]:
    """It checks no keys, no signatures and no Content-MD5."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Server(f"http://{host}:{port}", ("moto", "moto"))
    finally:
        server.stop()

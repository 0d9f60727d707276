"""The kinds of store that the contract is asked of, and what is known of each."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from botocore.exceptions import ClientError
from servers.s3 import S3Server

from voicekit.stores import Cap, Caps

FOLDERS = frozenset({Cap.DIGEST, Cap.IF_ABSENT, Cap.REPLACE})


class Behind(Protocol):
    """What others can do to the objects of a store, behind its back."""

    def read(self, key: str) -> bytes | None: ...

    def write(self, key: str, data: bytes) -> None: ...

    def flip(self, key: str, at: int) -> None: ...


@dataclass(frozen=True)
class Kind:
    """`address` of an empty store; `caps` are what it enforces; `server` is where a proxy can come between."""

    name: str
    address: str
    caps: Caps
    behind: Behind
    server: str = ""
    proxied: str = field(default="", repr=False)  # the address with {port} for that of a proxy


@dataclass(frozen=True)
class InFolder:
    root: Path

    def read(self, key: str) -> bytes | None:
        path = self.root / key
        return path.read_bytes() if path.is_file() else None

    def write(self, key: str, data: bytes) -> None:
        path = Path(os.fsencode(self.root).decode(errors="surrogateescape")) / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def flip(self, key: str, at: int) -> None:
        data = bytearray((self.root / key).read_bytes())
        data[at] ^= 1
        (self.root / key).write_bytes(data)


@dataclass(frozen=True)
class InBucket:
    server: S3Server
    bucket: str
    prefix: str

    @property
    def client(self):
        return self.server.client()

    def read(self, key: str) -> bytes | None:
        try:
            return self.client.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].read()
        except ClientError:
            return None

    def write(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=data)

    def flip(self, key: str, at: int) -> None:
        """All that is said of it stays as it was."""
        where = {"Bucket": self.bucket, "Key": self.prefix + key}
        found = self.client.get_object(**where)
        data = bytearray(found["Body"].read())
        data[at] ^= 1
        self.client.put_object(**where, Body=bytes(data), Metadata=found["Metadata"])


def folder(root: Path) -> Kind:
    return Kind("folder", f"file:{root}", FOLDERS, InFolder(root))


def sftp(nas, root: Path) -> Kind:
    proxied = f"sftp://127.0.0.1:{{port}}{root}"
    return Kind("sftp", nas.address(root), FOLDERS, InFolder(root), f"127.0.0.1:{nas.port}", proxied)


def bucket(name: str, server: S3Server, bucket: str, caps: Caps, endpoint: str = "") -> Kind:
    proxied = server.address(bucket, "deep/er", "http://127.0.0.1:{port}") if not endpoint else ""
    address = server.address(bucket, "deep/er", endpoint)
    return Kind(name, address, caps, InBucket(server, bucket, "deep/er/"), server.endpoint, proxied)

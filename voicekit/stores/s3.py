"""Object storage that speaks S3: `s3://bucket/prefix`, with `endpoint_url`, `region`, `profile` and `sse` as options.

What servers enforce differs (docs/stores.md). Content-MD5 with a signed payload is what all of them check; checksum
trailers, which boto3 adds of itself, some refuse (411). Keys are found as in every AWS tool.
"""

import re
from base64 import b64decode
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session
from botocore.utils import parse_timestamp

from voicekit import web
from voicekit.errors import InputError, StoreError
from voicekit.stores import LARGEST, Body, Cap, Caps, Reading, Stat
from voicekit.stores.faults import AbsentError, ConflictError, DamagedError, FullError, UnsupportedError
from voicekit.stores.s3_faults import explained
from voicekit.stores.s3_requests import Requests

if TYPE_CHECKING:
    from voicekit.stores.address import Address
    from voicekit.stores.probe import Answer

CONNECTIONS = 64
SMALL = 1 << 20  # bytes that are read before they are sent, in one piece with the request

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_MD5 = re.compile("[0-9a-f]{32}")
_SECONDS = re.compile(r"-?[0-9]{1,11}(?:\.[0-9]{1,12})?")  # as rclone notes when a file changed


class S3:
    """`client` is boto3's own, for what a check of the store asks besides."""

    def __init__(self, where: "Address", caps: Caps = frozenset()) -> None:
        where.only("endpoint_url", "region", "profile", "sse")
        if not _BUCKET.fullmatch(where.place):
            raise InputError(f'{where.name}: "{where.place}" is no name of a bucket; write s3://BUCKET/PREFIX')
        endpoint = where.options.get("endpoint_url", "")
        if endpoint and (reason := web.bad_address(endpoint)):
            raise InputError(f"{where.name}: endpoint_url: {reason}")
        sse = where.options.get("sse", "AES256")
        if sse not in ("AES256", "aws:kms"):
            raise InputError(f"{where.name}: sse is AES256 or aws:kms, for a server that encrypts what it keeps")
        self._sse = {"x-amz-server-side-encryption": sse} if "sse" in where.options else {}
        self.name, self.caps, self.bucket = where.name, caps, where.place
        self.prefix = f"{path}/" if (path := where.path.strip("/")) else ""
        self._options = {name: text for name, text in where.options.items() if name != "sse"}
        self._making = Lock()
        self._connection: tuple[Any, Requests] | None = None

    @property
    def client(self) -> Any:
        return self._connected()[0]

    def _connected(self) -> tuple[Any, Requests]:
        """Made when it is needed first, once: boto3 is slow at it, and not safe with threads."""
        with self._making:
            if self._connection is None:
                with self._told(""):
                    session, client = _client(**self._options)
                    self._connection = client, Requests(session, client, self.bucket)
            return self._connection

    def put(self, key: str, body: Body, *, if_absent: bool = False) -> None:
        if if_absent and Cap.IF_ABSENT not in self.caps:  # voicekit only: two at one time are not told apart
            found = self.stat(key)
            if found:
                self._same(key, found, body)
                return
        condition = {"If-None-Match": "*"} if if_absent and Cap.IF_ABSENT in self.caps else {}
        try:
            self._put(key, body, condition)
        except ConflictError:
            found = self.stat(key)
            if found is None:
                raise
            self._same(key, found, body)

    def replace(self, key: str, body: Body, expected: str) -> None:
        """The condition goes with the ETag unquoted: Ceph compares it so, and AWS takes both."""
        condition: dict[str, str] = {}
        if Cap.REPLACE in self.caps:
            condition = {"If-Match": expected} if expected else {"If-None-Match": "*"}
        else:
            found = self.stat(key)
            if (found.tag if found else "") != expected:
                self._same(key, found, body)
                return
        try:
            self._put(key, body, condition)
        except (ConflictError, AbsentError):
            self._same(key, self.stat(key), body)

    def _same(self, key: str, found: Stat | None, body: Body) -> None:
        """A put that was repeated meets its own bytes; any others are a conflict."""
        if found is None or (found.sha256, found.size) != (body.sha256, body.size):
            raise ConflictError(f"{self.name}: {key} is no longer what it was: other bytes lie there")

    def _put(self, key: str, body: Body, condition: dict[str, str]) -> None:
        if body.size > LARGEST:  # several parts would lose headers of locks, and their ETag is no MD5
            raise FullError(f"{self.name}: {key} has {body.size} bytes; an object has {LARGEST} at the most")
        md5 = body.md5
        headers = {"Content-MD5": md5, "Content-Length": str(body.size), "x-amz-meta-sha256": body.sha256}
        with self._told(key), body.open() as source:
            _, requests = self._connected()
            data = source.read() if body.size <= SMALL else source
            request = requests.put(self.prefix + key, data, headers | condition | self._sse)
            if request.headers["X-Amz-Content-SHA256"] != body.sha256:
                raise DamagedError(f"{self.name}: {key} changed while it was put; nothing was put. Run it again")
            paced = body.outgoing(BytesIO(data)).read() if isinstance(data, bytes) else body.outgoing(data)
            answer = requests.send(replace(request, body=paced))
            for _ in answer.blocks:  # none; and the connection is free for the next
                pass
        self._prove(key, body, md5, answer.headers.get("etag", "").strip('"'))

    def _prove(self, key: str, body: Body, md5: str, etag: str) -> None:
        """The ETag of one PUT is the MD5 of what was stored; else the server's check of the digest, or reading back."""
        if etag == b64decode(md5).hex() or Cap.DIGEST in self.caps:
            return
        if _MD5.fullmatch(etag) and not self._encrypted(key):
            raise DamagedError(f"{self.name}: {key}: the store took other bytes than were sent; put it again")
        import hashlib

        digest = hashlib.sha256()
        with self.open(key) as reading:
            for block in reading:
                digest.update(block)
        if digest.hexdigest() != body.sha256:
            raise DamagedError(f"{self.name}: {key}: the store gives back other bytes than were put; put it again")

    def _encrypted(self, key: str) -> bool:
        """By a key of the store's: then the ETag is no MD5 of the plain bytes, though it looks like one."""
        with self._told(key):
            head = self.client.head_object(Bucket=self.bucket, Key=self.prefix + key)
        return bool(head.get("ServerSideEncryption"))

    def open(self, key: str, start: int = 0, end: int | None = None) -> Reading:
        if end is not None and end <= start:
            return self._nothing(key)
        ranged = {"Range": f"bytes={start}-{'' if end is None else end - 1}"} if start or end is not None else {}
        try:
            with self._told(key):
                _, requests = self._connected()
                answer = requests.send(requests.get(self.prefix + key, ranged))
        except UnsupportedError:  # 416: there is nothing in this range
            return self._nothing(key)
        with self._understood(key):
            stat = _opened(key, answer.headers)
        return Reading(stat, self._blocks(key, answer.blocks))

    def _nothing(self, key: str) -> Reading:
        stat = self.stat(key)
        if stat is None:
            raise AbsentError(f"{self.name}: there is no {key}")
        return Reading(stat, _no_blocks())

    def _blocks(self, key: str, blocks: Generator[bytes]) -> Generator[bytes]:
        with self._told(key), closing(blocks):
            yield from blocks

    def stat(self, key: str) -> Stat | None:
        try:
            with self._told(key):
                head = self.client.head_object(Bucket=self.bucket, Key=self.prefix + key)
        except AbsentError:
            return None
        with self._understood(key):
            return _stat(key, head["ContentLength"], head)

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        where = {"Bucket": self.bucket, "Prefix": self.prefix + prefix}
        if after:
            where["StartAfter"] = self.prefix + after
        with self._told(prefix):
            for page in self.client.get_paginator("list_objects_v2").paginate(**where):
                with self._understood(prefix):
                    found = [_listed(one, self.prefix) for one in page.get("Contents", ())]
                yield from found

    def delete(self, key: str) -> None:
        with self._told(key):
            self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key)

    def purge(self, key: str, *, keep: bool = False) -> None:
        from voicekit.stores import s3_versions

        with self._told(key), self._understood(key):
            s3_versions.purge(self, key, keep=keep)

    def hold(self, key: str, *, on: bool) -> bool:
        if Cap.OBJECT_LOCK not in self.caps:
            return False
        status = {"Status": "ON" if on else "OFF"}
        with self._told(key):
            self.client.put_object_legal_hold(Bucket=self.bucket, Key=self.prefix + key, LegalHold=status)
        return True

    def link(self, key: str, seconds: int, name: str, media: str) -> str:
        """Signed with our keys: no longer than seven days, says S3, and no longer than these keys themselves."""
        with self._told(key):
            asked = {"Bucket": self.bucket, "Key": self.prefix + key}
            asked |= {"ResponseContentDisposition": f'inline; filename="{name}"', "ResponseContentType": media}
            address: str = self.client.generate_presigned_url("get_object", asked, ExpiresIn=seconds)
        return address

    def close(self) -> None:
        if self._connection is not None:
            self._connection[0].close()

    def probes(self, corner: str) -> "Iterator[tuple[str, Answer]]":
        """What `voicekit store check` asks of buckets only."""
        from voicekit.stores import s3_probe

        return s3_probe.probes(self, corner)

    @contextmanager
    def _understood(self, key: str) -> Iterator[None]:
        """An answer without what every S3 server says is an error of the server's."""
        try:
            yield
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise StoreError(f"{self.name}: {key}: the store gives an answer that is not S3's ({error!r})") from None

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        """What boto3 and the server say, as one of the few errors."""
        try:
            yield
        except (ClientError, BotoCoreError, ValueError) as error:
            raise explained(error, self.name, key) from None


def _no_blocks() -> Generator[bytes]:
    yield from ()


def _stat(key: str, size: int, answer: dict[str, Any]) -> Stat:
    """Of a HEAD."""
    modified: datetime = answer["LastModified"].astimezone(UTC)
    return Stat(key, size, modified, answer["Metadata"].get("sha256", ""), answer["ETag"].strip('"'))


def _opened(key: str, headers: Mapping[str, str]) -> Stat:
    """Of a GET, of all or of a part."""
    size = int(headers.get("content-range", f"/{headers['content-length']}").rpartition("/")[2])
    modified = parsedate_to_datetime(headers["last-modified"]).astimezone(UTC)
    sha256, mtime = headers.get("x-amz-meta-sha256", ""), headers.get("x-amz-meta-mtime", "")
    return Stat(
        key, size, modified, sha256, headers["etag"].strip('"'), float(mtime) if _SECONDS.fullmatch(mtime) else None
    )


def _listed(one: dict[str, Any], prefix: str) -> Stat:
    if not one["Key"].startswith(prefix):
        raise ValueError("keys that were not asked for")
    return Stat(one["Key"].removeprefix(prefix), int(one["Size"]), one["LastModified"].astimezone(UTC))


def _moment(text: Any) -> datetime:
    """A listing has a time for each key: botocore's parser, which takes any form, costs more than all else of it."""
    try:
        return datetime.fromisoformat(text)
    except (ValueError, TypeError):
        moment: datetime = parse_timestamp(text)
        return moment


def _client(endpoint_url: str = "", region: str = "", profile: str = "") -> tuple[boto3.Session, Any]:
    """A session, and a client that asks once (patience is the business of `careful`), by paths where the server is not
    Amazon's: few of those have a name for each bucket.
    """
    core = get_session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    session = boto3.Session(botocore_session=core, region_name=region or None, profile_name=profile or None)
    config = Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"total_max_attempts": 1},
        signature_version="s3v4",  # of addresses too, which botocore signs as S3 did before 2014
        max_pool_connections=CONNECTIONS,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"payload_signing_enabled": True, "addressing_style": "path" if endpoint_url else "auto"},
        user_agent="voicekit",  # botocore's own is put together anew for each request: a tenth of its time
    )
    client = session.client(
        "s3", endpoint_url=endpoint_url or None, config=config, region_name=session.region_name or "us-east-1"
    )
    return session, client

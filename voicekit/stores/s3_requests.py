"""A PUT or a GET: botocore's keys, connections and parser, without what its client does around them.

The client builds each request anew from a model of all of S3. For objects of some kilobytes that is more work than
all else of a push, and on two cores voicekit would be slower than rclone (docs/performance.md).
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote, urlsplit

from botocore.exceptions import ClientError, NoCredentialsError
from botocore.parsers import create_parser

from voicekit import fs
from voicekit.stores.s3_sign import signed
from voicekit.stores.s3_wire import Answer, Request, Wire

if TYPE_CHECKING:
    import boto3

_KEY = "key"
_NOTHING = hashlib.sha256().hexdigest()
_NAMES = {"PUT": "PutObject", "GET": "GetObject"}


class Requests:
    """To one bucket with the keys of `session`, over the connections of `client`. For many threads."""

    def __init__(self, session: "boto3.Session", client: Any, bucket: str) -> None:
        service = client.meta.service_model
        self._parser = create_parser(service.protocol)
        self._shape = service.operation_model("PutObject").output_shape
        self._credentials, self._region = session.get_credentials(), client.meta.region_name
        # The client knows how a bucket is addressed; it tells in any address that it signs.
        address: str = client.generate_presigned_url("put_object", {"Bucket": bucket, "Key": _KEY})
        self._base = address.partition("?")[0].removesuffix(_KEY)
        parts = urlsplit(self._base)
        self._path, self._fixed = parts.path, {"Host": parts.netloc, "User-Agent": "voicekit"}
        self._wire = Wire(client, self._base)

    def put(self, key: str, data: bytes | BinaryIO, headers: Mapping[str, str]) -> Request:
        """The request; its header X-Amz-Content-SHA256 is of the bytes as they were read for the signature."""
        if isinstance(data, bytes):
            return self._signed("PUT", key, headers, data, hashlib.sha256(data).hexdigest())
        digest = hashlib.sha256()
        while block := data.read(fs.CHUNK):
            digest.update(block)
        data.seek(0)
        # What is refused unseen need not be sent.
        return self._signed("PUT", key, {**headers, "Expect": "100-continue"}, data, digest.hexdigest())

    def get(self, key: str, headers: Mapping[str, str]) -> Request:
        """The request, of all or of the `Range` in `headers`."""
        return self._signed("GET", key, headers, None, _NOTHING)

    def send(self, request: Request) -> Answer:
        """An answer that is no error; raises what boto3's client raises, `ClientError` and `BotoCoreError`."""
        answer = self._wire.ask(request)
        if answer.status not in (200, 206):
            told = {"status_code": answer.status, "headers": answer.headers, "body": b"".join(answer.blocks)}
            raise ClientError(self._parser.parse(told, self._shape), _NAMES[request.method])
        return answer

    def _signed(
        self, method: str, key: str, headers: Mapping[str, str], data: bytes | BinaryIO | None, sha256: str
    ) -> Request:
        if self._credentials is None:
            raise NoCredentialsError
        who, quoted = self._credentials.get_frozen_credentials(), quote(key, safe="/~")
        every = {**headers, **self._fixed}
        told = signed(method, self._path + quoted, every, sha256, who, self._region, datetime.now(UTC))
        return Request(method, self._base + quoted, told, data)

"""One PUT: botocore's signer, connections and parser, without what its client does around them.

The client builds each request anew from a model of all of S3. For objects of some kilobytes that is more work than
all else of a push, and on two cores voicekit would be slower than rclone (docs/performance.md).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.parsers import create_parser

if TYPE_CHECKING:
    import boto3

_KEY = "key"


class Putter:
    """Puts to one bucket with the keys of `session`, over the connections of `client`. For many threads."""

    def __init__(self, session: "boto3.Session", client: Any, bucket: str) -> None:
        service = client.meta.service_model
        self._parser = create_parser(service.protocol)
        self._shape = service.operation_model("PutObject").output_shape
        self._credentials, self._region = session.get_credentials(), client.meta.region_name
        self._http = client._endpoint.http_session  # noqa: SLF001  its proxies and certificates are found nowhere else
        # The client knows how a bucket is addressed; it tells in any address that it signs.
        signed: str = client.generate_presigned_url("put_object", {"Bucket": bucket, "Key": _KEY})
        self._base = signed.partition("?")[0].removesuffix(_KEY)

    def signed(self, key: str, data: bytes | BinaryIO, headers: Mapping[str, str]) -> AWSRequest:
        """The request; its header X-Amz-Content-SHA256 is of the bytes as they were read for the signature."""
        if self._credentials is None:
            raise NoCredentialsError
        if not isinstance(data, bytes):  # what is refused unseen need not be sent
            headers = {**headers, "Expect": "100-continue"}
        request = AWSRequest("PUT", self._base + quote(key, safe="/~"), headers, data)
        request.context["payload_signing_enabled"] = True
        S3SigV4Auth(self._credentials.get_frozen_credentials(), "s3", self._region).add_auth(request)
        return request

    def send(self, request: AWSRequest) -> str:
        """Returns the ETag; raises what boto3's client raises, `ClientError` and `BotoCoreError`."""
        answer = self._http.send(request.prepare())
        told = {"status_code": answer.status_code, "headers": answer.headers, "body": answer.content}
        if answer.status_code != 200:
            raise ClientError(self._parser.parse(told, self._shape), "PutObject")
        return str(answer.headers.get("ETag", "")).strip('"')

"""AWS Signature Version 4 of a request to S3 (Amazon S3 API Reference, "Signature calculations for the authorization
header: transferring payload in a single chunk").

botocore's signer takes half of the time of a small PUT, most of it for headers that are kept as those of an e-mail
(docs/performance.md). A test holds this against it.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNSIGNED = frozenset({"expect", "user-agent"})  # what is on the way may change them


def signed(
    method: str,
    path: str,
    headers: Mapping[str, str],
    sha256: str,
    who: "ReadOnlyCredentials",
    region: str,
    at: datetime,
) -> dict[str, str]:
    """The headers, `Host` among them, with what says who asks. `path` is quoted; `sha256` is the body's, in 64 hex
    digits; the server believes `at` for 15 minutes.
    """
    moment = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    day = moment[:8]
    told = {**headers, "X-Amz-Date": moment, "X-Amz-Content-SHA256": sha256}
    if who.token:
        told["X-Amz-Security-Token"] = who.token
    low = ((name.lower(), " ".join(value.split())) for name, value in told.items())
    lines = sorted(line for line in low if line[0] not in _UNSIGNED)
    names = ";".join(name for name, _ in lines)
    canonical = "\n".join([method, path, "", *(f"{name}:{value}" for name, value in lines), "", names, sha256])
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join([_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = hmac.digest(_key(who.secret_key, day, region), text.encode(), "sha256").hex()
    told["Authorization"] = (
        f"{_ALGORITHM} Credential={who.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return told


@lru_cache(maxsize=4)
def _key(secret: str, day: str, region: str) -> bytes:
    """Of a day: it is the same for all requests of a run."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key

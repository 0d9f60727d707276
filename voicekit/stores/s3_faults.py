"""What boto3 and S3 servers say, in few words: which of our errors it is, and what to do."""

from botocore import exceptions

from voicekit.errors import StoreError, VoicekitError, plain
from voicekit.stores.faults import (
    AbsentError,
    ClockError,
    ConflictError,
    DeniedError,
    FullError,
    NoBucketError,
    ThrottledError,
    UnreachableError,
    UnsupportedError,
)

_KEYS = (
    "check the access keys: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, or ~/.aws/credentials, of "
    "which ?profile= in the address names a part"
)
_RIGHTS = "these keys may not do that: docs/iam.md has the policies"
_LATER = "try again later"

_CODES: dict[str, tuple[type[VoicekitError], str]] = {
    "NoSuchBucket": (NoBucketError, "make the bucket, or correct the address"),
    "NoSuchKey": (AbsentError, "it may have been deleted"),
    "NotFound": (AbsentError, "it may have been deleted"),
    "PreconditionFailed": (ConflictError, "somebody else wrote there"),
    "ConditionalRequestConflict": (ThrottledError, _LATER),
    "OperationAborted": (ThrottledError, _LATER),
    "AccessDenied": (DeniedError, _RIGHTS),
    "AllAccessDisabled": (DeniedError, _RIGHTS),
    "InvalidAccessKeyId": (DeniedError, _KEYS),
    "SignatureDoesNotMatch": (DeniedError, _KEYS),
    "ExpiredToken": (DeniedError, _KEYS),
    "InvalidToken": (DeniedError, _KEYS),
    "RequestTimeTooSkewed": (ClockError, "set this machine's clock"),
    "RequestExpired": (ClockError, "set this machine's clock"),
    "QuotaExceeded": (FullError, "make room there, or raise the quota"),
    "EntityTooLarge": (FullError, "the store takes no object of this size"),
    "InsufficientCapacity": (FullError, "make room there"),
    "BadDigest": (ThrottledError, "the bytes were altered on their way; try again"),
    "XAmzContentSHA256Mismatch": (ThrottledError, "the bytes were altered on their way; try again"),
    "IncompleteBody": (UnreachableError, _LATER),
    "RequestTimeout": (UnreachableError, _LATER),
    "SlowDown": (ThrottledError, _LATER),
    "InvalidRange": (UnsupportedError, "there is nothing there"),
    "PermanentRedirect": (StoreError, "the bucket is in another region: add ?region= to the address"),
    "AuthorizationHeaderMalformed": (StoreError, "the bucket is in another region: add ?region= to the address"),
}
_STATUS: dict[int, tuple[type[VoicekitError], str]] = {
    403: (DeniedError, _RIGHTS),
    404: (AbsentError, "it may have been deleted"),
    409: (ThrottledError, _LATER),
    412: (ConflictError, "somebody else wrote there"),
    416: (UnsupportedError, "there is nothing there"),
    429: (ThrottledError, _LATER),
    501: (UnsupportedError, "the store has no such operation"),
    507: (FullError, "make room there"),
}


def explained(error: Exception, url: str, key: str) -> VoicekitError:
    """What to raise in its place. The server's own words are not repeated: those on signatures hold what was signed."""
    where = f"{url}: {key}" if key else url
    if isinstance(error, exceptions.ClientError):
        return _answered(error, where)
    if isinstance(error, exceptions.SSLError):
        return StoreError(f"{where}: {_insecure(error)}")
    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return DeniedError(f"{where}: there are no access keys; {_KEYS}")
    broken = (exceptions.ConnectionError, exceptions.HTTPClientError)  # all that urllib3 says, reading included
    if isinstance(error, (*broken, exceptions.IncompleteReadError, exceptions.ResponseStreamingError)):
        return UnreachableError(f"{where}: no answer, or one that broke off ({type(error).__name__}); {_LATER}")
    if isinstance(error, exceptions.ProfileNotFound):
        return DeniedError(f"{where}: ~/.aws has no such profile ({error}); {_KEYS}")
    return StoreError(f"{where}: {type(error).__name__}: {' '.join(str(error).split())[:200]}; check the address")


def _insecure(error: exceptions.SSLError) -> str:
    if "WRONG_VERSION_NUMBER" in str(error):
        return "what answers there speaks no TLS; is endpoint_url to begin with http://?"
    return "the certificate is not valid, nothing was sent; set AWS_CA_BUNDLE for your own CA"


def _answered(error: exceptions.ClientError, where: str) -> VoicekitError:
    code = plain("".join(str(error.response["Error"].get("Code", "")).split()))[:60]
    status = int(error.response["ResponseMetadata"].get("HTTPStatusCode", 0))
    kind, remedy = _CODES.get(code) or _STATUS.get(status) or _unknown(status)
    return kind(f"{where}: the store answers {status} {'' if code == str(status) else code}".rstrip() + f"; {remedy}")


def _unknown(status: int) -> tuple[type[VoicekitError], str]:
    return (ThrottledError, _LATER) if status >= 500 else (StoreError, "check the address and the rights")

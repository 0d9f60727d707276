"""Former versions of one object in a bucket, and marks of its deletions: gone with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from voicekit.stores.faults import LockedError

if TYPE_CHECKING:
    from voicekit.stores.s3 import S3

_DENIED = ("AccessDenied", "403")
_UNKNOWN = (400, 404, 405, 501)  # a server without versions


@dataclass(frozen=True, slots=True)
class _Version:
    """`current`: it is the object as it is now."""

    id: str
    current: bool


def purge(store: "S3", key: str, *, keep: bool) -> None:
    """As `Store.purge`. The oldest go first: none of them is ever the object again. Raises what boto3 raises."""
    where, locked = {"Bucket": store.bucket, "Key": store.prefix + key}, 0
    try:
        found = list(_versions(store.client, where))
    except ClientError as error:
        if _status(error) not in _UNKNOWN or _code(error) == "NoSuchBucket":
            raise
        found = [] if keep else [_Version("", current=True)]
    for version in reversed(found):
        if not (keep and version.current):
            locked += not _deleted(store.client, where | ({"VersionId": version.id} if version.id else {}))
    if locked:
        raise LockedError(f"{store.name}: {key}: a lock forbids to delete it ({locked} of {len(found)} versions)")


def _versions(client: Any, where: dict[str, str]) -> Iterator[_Version]:
    """Those of this key and no other, the newest first. In a listing by its name it stands before all that begin so."""
    pages = client.get_paginator("list_object_versions").paginate(Bucket=where["Bucket"], Prefix=where["Key"])
    for page in pages:
        both = [(one, True) for one in page.get("Versions", ())] + [
            (one, False) for one in page.get("DeleteMarkers", ())
        ]
        own = [(one, is_object) for one, is_object in both if one["Key"] == where["Key"]]
        for one, is_object in sorted(own, key=lambda each: each[0]["LastModified"], reverse=True):
            yield _Version(str(one["VersionId"]), current=is_object and bool(one["IsLatest"]))
        if len(own) < len(both):
            return


def _deleted(client: Any, version: dict[str, str]) -> bool:
    """False where a lock forbids it."""
    try:
        client.delete_object(**version)
    except ClientError as error:
        if _code(error) not in _DENIED or not _locked(client, version):
            raise
        return False
    return True


def _locked(client: Any, version: dict[str, str]) -> bool:
    try:
        head = client.head_object(**version)
    except ClientError:
        return False
    return bool(head.get("ObjectLockRetainUntilDate")) or head.get("ObjectLockLegalHoldStatus") == "ON"


def _code(error: ClientError) -> str:
    return str(error.response["Error"].get("Code", ""))


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"].get("HTTPStatusCode", 0))

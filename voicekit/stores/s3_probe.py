"""Questions to a bucket, besides those to every store: what it refuses, keeps, deletes of itself, and shows to all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import TYPE_CHECKING, Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from voicekit.stores import Body, Cap
from voicekit.stores.probe import Answer, Seen

if TYPE_CHECKING:
    from voicekit.stores.s3 import S3

LOCKED = 4  # seconds for which the object is locked that is to resist deletion
SKEW = 300  # seconds; at 900 servers refuse every signature

_NO_RULES = "NoSuchLifecycleConfiguration"
_BYTES = Body.of(b"voicekit")
_WRONG = Body.of(b"other bytes").md5


@dataclass(frozen=True, slots=True)
class _Corner:
    """A part of a bucket in which things are tried."""

    store: "S3"
    name: str

    @property
    def bucket(self) -> dict[str, str]:
        return {"Bucket": self.store.bucket}

    @property
    def client(self) -> Any:
        return self.store.client

    def put(self, name: str, **more: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """Where a new object lies, and what the server answered."""
        where = {**self.bucket, "Key": f"{self.store.prefix}{self.name}/{name}"}
        return where, self.client.put_object(**where, Body=_BYTES.open(), **more)


def probes(store: "S3", name: str) -> Iterator[tuple[str, Answer]]:
    """An answer to each question; that the server can't answer is one too."""
    corner = _Corner(store, name)
    for about, question in _QUESTIONS.items():
        try:
            yield about, question(corner)
        except ClientError as error:
            yield about, Answer(Seen.IGNORED, f"the store answers {error.response['Error'].get('Code', '?')}")
        except BotoCoreError as error:
            yield about, Answer(Seen.IGNORED, type(error).__name__)


def _digest(corner: _Corner) -> Answer:
    code = _refused(lambda: corner.put("digest", ContentMD5=_WRONG))
    if code:
        return Answer(Seen.ENFORCED, f"bytes with another Content-MD5 are refused ({code})", Cap.DIGEST)
    return Answer(Seen.IGNORED, "bytes with another Content-MD5 are taken; voicekit reads back what it puts")


def _clock(corner: _Corner) -> Answer:
    _, answer = corner.put("clock")
    told = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    skew = (datetime.now(UTC) - datetime.strptime(told, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=UTC)).total_seconds()
    if abs(skew) > SKEW:
        return Answer(Seen.FAULTY, f"this machine is {skew:+.0f} s from the store; set its clock (NTP)")
    return Answer(Seen.WORKS, f"{skew:+.0f} s between this machine and the store")


def _public(corner: _Corner) -> Answer:
    """Whether anybody may read, without any keys."""
    where, _ = corner.put("public")
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    anybody = boto3.client("s3", endpoint_url=corner.client.meta.endpoint_url, region_name="us-east-1", config=config)
    if _refused(lambda: anybody.get_object(**where)):
        return Answer(Seen.ENFORCED, "without keys nothing is read")
    return Answer(Seen.FAULTY, "anybody can read what lies there, without keys; make the bucket private")


def _versioning(corner: _Corner) -> Answer:
    status = corner.client.get_bucket_versioning(**corner.bucket).get("Status", "off")
    if status == "Enabled":
        return Answer(Seen.ENFORCED, "what is overwritten or deleted can be had back", Cap.VERSIONING)
    return Answer(Seen.OFF, "what is overwritten or deleted is gone")


def _object_lock(corner: _Corner) -> Answer:
    """An object is locked for some seconds, and must resist its deletion."""
    until = datetime.now(UTC) + timedelta(seconds=LOCKED)
    lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until, "ContentMD5": _BYTES.md5}
    code = _refused(lambda: corner.put("unlocked", **lock))
    if code:
        return Answer(Seen.OFF, f"nothing resists deletion ({code})")
    where, answer = corner.put("locked", **lock)
    version = {**where, "VersionId": answer.get("VersionId", "null")}
    code = _refused(lambda: corner.client.delete_object(**version))
    sleep(LOCKED + 1)
    if not code:
        return Answer(Seen.IGNORED, "an object that was locked could be deleted")
    corner.client.delete_object(**version)
    return Answer(Seen.ENFORCED, f"an object that was locked resisted its deletion ({code})", Cap.OBJECT_LOCK)


def _lifecycle(corner: _Corner) -> Answer:
    """Rules are read, not set: they are the owner's. One that expires what voicekit keeps is a fault."""
    try:
        rules = corner.client.get_bucket_lifecycle_configuration(**corner.bucket).get("Rules", [])
    except ClientError as error:
        if error.response["Error"].get("Code") != _NO_RULES:
            raise
        return Answer(Seen.ENFORCED, "no rules", Cap.LIFECYCLE)
    expiring = [rule.get("ID", "?") for rule in rules if _expires(rule, corner.store.prefix)]
    if expiring:
        return Answer(Seen.FAULTY, f"the rule {expiring[0]} deletes what voicekit keeps; take it back")
    return Answer(Seen.ENFORCED, f"{len(rules)} rules, none of which deletes current objects here", Cap.LIFECYCLE)


def _expires(rule: dict[str, Any], prefix: str) -> bool:
    """Whether a rule deletes current objects that may be ours."""
    if rule.get("Status") != "Enabled" or not {"Days", "Date"} & rule.get("Expiration", {}).keys():
        return False
    where = rule.get("Filter", {})
    if "Tag" in where or "Tags" in where.get("And", {}):
        return False  # voicekit sets no tags
    theirs = where.get("Prefix") or where.get("And", {}).get("Prefix") or rule.get("Prefix") or ""
    return theirs.startswith(prefix) or prefix.startswith(theirs)


def _encryption(corner: _Corner) -> Answer:
    where, answer = corner.put("encryption")
    head = corner.client.head_object(**where)
    how = head.get("ServerSideEncryption") or answer.get("ServerSideEncryption")
    if how:
        return Answer(Seen.ENFORCED, f"at rest, by the store: {how}", Cap.ENCRYPTION)
    return Answer(Seen.OFF, "the store says nothing of encryption at rest")


def _refused(ask: Callable[[], Any]) -> str:
    """The code with which the server refuses; "" when it does not."""
    try:
        ask()
    except ClientError as error:
        return str(error.response["Error"].get("Code", "refused"))
    return ""


_QUESTIONS: dict[str, Callable[[_Corner], Answer]] = {
    "digest": _digest,
    "clock": _clock,
    "private": _public,
    "versioning": _versioning,
    "object lock": _object_lock,
    "lifecycle": _lifecycle,
    "encryption": _encryption,
}

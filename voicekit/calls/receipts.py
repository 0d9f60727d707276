"""What a ledger says of a recording that is archived."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from voicekit.calls import marks
from voicekit.errors import VerificationError

_DAMAGE = (ValueError, KeyError, TypeError, AttributeError)


class Proof(StrEnum):
    """How it is known that the store has the bytes."""

    SERVER = "server"  # it refuses a put of other bytes than those of the hash, as `store check` saw
    READ_BACK = "read-back"  # they were read again and compared


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof that a recording is in a store. Nothing in it identifies a caller.

    `original` and `stored` are SHA-256 in 64 hex digits, `size` and `stored_size` bytes: of the file as it was found,
    and of the object under `key` (encoded, and sealed where `master` names a master key). `encoding` is what
    `encode.decoded` wants. `page` is the key of the page that has its key and sidecar.

    An object that others had put, and that was adopted, has no `key` here: such names tell of callers. It stands in the
    sidecar (`Restorer.object`), and `master` seals that alone.
    """

    recording: str
    original: str
    size: int
    encoding: str
    key: str
    stored: str
    stored_size: int
    proof: Proof
    master: str
    page: str

    @property
    def adopted(self) -> bool:
        return not self.key

    @property
    def sealed(self) -> bool:
        """Whether the object can't be heard without the key."""
        return bool(self.master) and not self.adopted

    @property
    def body(self) -> dict[str, Any]:
        # dataclasses.asdict copies each value, at four times the price.
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Receipt":
        """`VerificationError` for what is none: whoever may write to the store can put a ledger there."""
        try:
            told = {name: value for name, value in body.items() if name != marks.FIELD}
            made = cls(**{**told, "proof": Proof(body["proof"])})
            if all(isinstance(getattr(made, one.name), one.type) for one in fields(cls)):  # type: ignore[arg-type]
                return made
        except _DAMAGE:
            pass
        raise VerificationError("a ledger has a receipt that is none; whoever wrote that ledger has to mend it")

"""What a store can answer in place of bytes: few errors, each with one sentence that says what to do."""

from typing import ClassVar

from voicekit.errors import StoreError, VerificationError, VoicekitError
from voicekit.patience import PassingError


class AbsentError(StoreError):
    """There is no object under this key."""


class ConflictError(StoreError):
    """Other bytes lie under this key than the writer took for granted: somebody was faster."""


class NoBucketError(StoreError):
    """The bucket or the folder is not there."""


class DeniedError(StoreError):
    """The keys are wrong, or may not do this."""


class LockedError(DeniedError):
    """A lock on the object forbids it: of retention, or a legal hold."""


class ClockError(StoreError):
    """This machine's clock is not the store's: no signature counts."""


class FullError(StoreError):
    """No room is left, or the object is larger than the store takes."""


class UnsupportedError(StoreError):
    """The store knows no such operation."""


class UnreachableError(PassingError, StoreError):
    """No answer, or one that broke off. What was asked may have been done all the same."""

    lasting: ClassVar[type[VoicekitError]] = StoreError


class ThrottledError(PassingError, StoreError):
    """Too much at once, or a fault on the other side."""

    lasting: ClassVar[type[VoicekitError]] = StoreError


class DamagedError(VerificationError):
    """The bytes are not those that were put."""

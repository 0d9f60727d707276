"""What is said of an object of others, without its key: that may have a caller's number, and messages go into logs."""

from collections.abc import Iterator
from contextlib import contextmanager

from voicekit.calls.receipts import Receipt
from voicekit.errors import VoicekitError


@contextmanager
def told(key: str, name: str) -> Iterator[None]:
    """Errors call the object by this name."""
    try:
        yield
    except VoicekitError as error:
        raise type(error)(str(error).replace(key, name)) from None


@contextmanager
def object_of(receipt: Receipt, key: str) -> Iterator[None]:
    """Errors call an adopted object by its recording; the keys of others say nothing."""
    with told(key, f"the object of {receipt.recording}" if receipt.adopted else key):
        yield

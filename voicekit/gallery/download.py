"""Bring a file here, over a connection that may break: in pieces, each going on where the last one stopped."""

import contextlib
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from voicekit.errors import EngineError, VerificationError
from voicekit.gallery import File

if TYPE_CHECKING:
    import requests

TRIES = 5  # at the most; one that brings no byte is the last
TIMEOUT = (10, 30)  # seconds to connect, and between two blocks
_BLOCK = 1 << 18

Progress = Callable[[int, int], None]  # bytes that are here, bytes in all


def bring(file: File, part: Path, progress: Progress) -> None:
    """Make `part` as long as `file` is; what it holds already is kept. Its content is not proved here.

    Raises `EngineError` when the server can't be reached or refuses, `VerificationError` when it has another file.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(TRIES):
        before = _length(part)
        if before == file.size:
            return
        reason = _continue(file, part, progress)
        if reason and _length(part) <= before:
            break
    if _length(part) != file.size:
        raise EngineError(
            f"{file.url} {reason or 'does not give all of it'}; what has arrived is kept: run this again, or download "
            "the file on another machine and name it with --from"
        )


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _continue(file: File, part: Path, progress: Progress) -> str:
    """One request for what is missing. Why it ended too early; "" when it did not, or a new one may do better."""
    import requests

    headers = _wanted(file, part)
    try:
        with requests.get(file.url, headers=headers, timeout=TIMEOUT, stream=True) as answer:
            if answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and "Range" in headers:
                forget(part)
                return ""
            _check(answer, file)
            _receive(answer, file, part, progress, goes_on=_goes_on(answer, part))
    except requests.exceptions.SSLError:
        return "has no valid certificate here: a proxy may be reading along (name its own in REQUESTS_CA_BUNDLE)"
    except requests.Timeout:
        return "did not answer in time"
    except requests.ConnectionError as error:
        return "did not answer in time" if "Read timed out" in str(error) else "can't be reached"
    except requests.RequestException:  # a body that ends too early, or no HTTP at all
        return "broke off"
    return ""


def _wanted(file: File, part: Path) -> dict[str, str]:
    """Only what is missing, and only of the file that the first part is of (RFC 9110 clause 13.1.5)."""
    headers = {"Accept-Encoding": "identity", "User-Agent": "voicekit"}
    length = _length(part)
    if length > file.size:
        forget(part)
    elif length:
        headers["Range"] = f"bytes={length}-"
        if _tag(part).exists():
            headers["If-Range"] = _tag(part).read_text("latin-1")
    return headers


def _check(answer: "requests.Response", file: File) -> None:
    status = answer.status_code
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise EngineError(
            f"{file.url} is not there any more ({status}); get the file elsewhere and name it with --from"
        )
    if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        raise EngineError(f"{file.url} answered {status}; try again later, or get the file elsewhere and use --from")
    told = answer.headers.get("Content-Length", "")
    if status == HTTPStatus.OK and told.isdigit() and int(told) != file.size:
        raise VerificationError(f"{file.url} has {told} bytes, not {file.size}: another file; nothing was kept")


def _goes_on(answer: "requests.Response", part: Path) -> bool:
    """Whether the answer starts where the part ends; one that ignores Range starts at the beginning."""
    start = f"bytes {_length(part)}-"
    return answer.status_code == HTTPStatus.PARTIAL_CONTENT and answer.headers.get("Content-Range", "").startswith(
        start
    )


def _receive(answer: "requests.Response", file: File, part: Path, progress: Progress, *, goes_on: bool) -> None:
    if not goes_on and answer.status_code == HTTPStatus.PARTIAL_CONTENT:
        forget(part)  # a piece from the middle is of no use: ask for all of it next
        return
    tag = answer.headers.get("ETag", "W/")
    if not tag.startswith("W/"):  # a weak one does not vouch for bytes
        _tag(part).write_text(tag, "latin-1")
    blocks: Iterator[bytes] = answer.iter_content(_BLOCK)
    with part.open("ab" if goes_on else "wb") as target:
        for block in blocks:
            target.write(block)
            if target.tell() > file.size:
                break
            target.flush()
            progress(target.tell(), file.size)
    if _length(part) > file.size:
        forget(part)
        raise VerificationError(f"{file.url} is longer than {file.size} bytes: another file; nothing was kept")


def _tag(part: Path) -> Path:
    """Beside a part, the ETag of what it is a part of."""
    return part.with_suffix(".etag")


def forget(part: Path) -> None:
    """Remove a part and what is known of it."""
    for path in (part, _tag(part)):
        with contextlib.suppress(FileNotFoundError):
            path.unlink()

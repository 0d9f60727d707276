"""What is handed over of recordings, in a zip: the file, something to listen to, its call, and the proof."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Any, Self

from voicekit import fs
from voicekit.calls import chain, hearing, ledgers, playable
from voicekit.calls.chain import START, Entry, Kind
from voicekit.calls.encode import Encoding
from voicekit.calls.index.query import rows
from voicekit.calls.index.read import Known
from voicekit.calls.restore import Restorer
from voicekit.calls.settings import Settings
from voicekit.errors import InputError
from voicekit.stores import Store

_LANGUAGES = ("en", "ru")


@dataclass(frozen=True, slots=True)
class Proof:
    """A receipt's line in its ledger, and the root of its day: the line whose hash vouches for it."""

    writer: str
    line: Entry
    root: Entry


Given = tuple[Known, Proof, bool]  # what is in the zip, and whether with a listen.wav


@dataclass(slots=True)
class Proofs:
    """Of the recordings that were asked for; `segments` are those of their days, from the first line of each on."""

    of: dict[str, Proof] = field(default_factory=dict)
    segments: dict[str, bytes] = field(default_factory=dict)


def proofs(settings: Settings, store: Store, recordings: Sequence[str]) -> Proofs:
    """Read all ledgers, from their first lines; `VerificationError` for one that is damaged."""
    found = Proofs()
    own = ledgers.named(settings.ledger)
    for writer in hearing.writers(store, own):
        lines: dict[str, Entry] = {}
        roots: dict[str, Entry] = {}
        after = START
        held: dict[str, tuple[set[str], bytes]] = {}
        for number, where, data in _segments(settings, store, own, writer):
            entries = list(chain.verified(data, where, after))
            after = entries[-1].link
            roots |= {entry.day: entry for entry in entries}
            lines |= {one.body["recording"]: one for one in entries if _is_of(one, recordings)}
            held[f"{number:08}.jsonl"] = {entry.day for entry in entries}, data
            days = {line.day for line in lines.values()}
            held = {name: kept for name, kept in held.items() if kept[0] & days or name == f"{number:08}.jsonl"}
        days = {line.day for line in lines.values()}
        found.segments |= {f"{writer}/{name}": data for name, (of, data) in held.items() if of & days}
        for recording, line in lines.items():
            found.of.setdefault(recording, Proof(writer, line, roots[line.day]))
    return found


def _is_of(entry: Entry, recordings: Sequence[str]) -> bool:
    return entry.kind in (Kind.RECEIPT, Kind.ADOPT) and entry.body["recording"] in recordings


def _segments(settings: Settings, store: Store, own: str, writer: str) -> Iterator[tuple[int, str, bytes]]:
    return ledgers.behind(settings.ledger, 0) if writer == own else ledgers.later(store, writer, 0)


class Case:
    """A zip that is being written. What it holds is named with its SHA-256 in SHA256SUMS."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._sums: list[str] = []

    def add(self, name: str, blocks: Iterator[bytes]) -> None:
        digest = hashlib.sha256()
        with self._zip.open(name, "w", force_zip64=True) as target:
            for block in blocks:
                digest.update(block)
                target.write(block)
        self._sums.append(f"{digest.hexdigest()}  {name}\n")

    def text(self, name: str, text: str) -> None:
        self.add(name, iter([text.encode("utf-8", "replace")]))

    def recording(self, restorer: Restorer, known: Known, proof: Proof) -> str:
        """All of one, in a folder of its own. Tells why it has no listen.wav, or "" where it has.

        Raises `VoicekitError` before anything of it is in the zip.
        """
        receipt, folder = known.receipt, known.receipt.recording
        path = PurePosixPath(str(known.sidecar.get("path", "")))
        lossy = receipt.encoding == Encoding.OPUS
        with TemporaryFile() as original:
            original.writelines(restorer.stored(receipt) if lossy else restorer.blocks(receipt))
            original.seek(0)
            name = f"{path.stem or 'recording'}.ogg" if lossy else path.name or "recording"
            self.add(f"{folder}/{_safe(name)}", iter(partial(original.read, fs.CHUNK), b""))
        mute = self._listen(restorer, known, str(known.sidecar.get("path", "")))
        told = {"writer": proof.writer, "line": asdict(proof.line), "root": asdict(proof.root)}
        self.text(f"{folder}/receipt.json", _json(told))
        self.text(f"{folder}/known.json", _json(dict(known.sidecar)))
        if records := rows(known.sidecar):
            self.text(f"{folder}/cdr.csv", _csv(records))
        return mute

    def _listen(self, restorer: Restorer, known: Known, path: str) -> str:
        try:
            with playable.wav(restorer, known.receipt, path) as heard, heard.open("rb") as wav:
                self.add(f"{known.receipt.recording}/listen.wav", iter(partial(wav.read, fs.CHUNK), b""))
        except InputError as error:
            return str(error)
        return ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def finish(self, found: Proofs, stated: Mapping[str, str]) -> None:
        """The ledgers and statements, by their names; nothing comes after it."""
        for name, data in found.segments.items():
            self.add(f"ledger/{name}", iter([data]))
        for name, text in stated.items():
            self.text(name, text)
        self._zip.writestr("SHA256SUMS", "".join(self._sums))


def statements(settings: Settings, done: Sequence[Given], actor: str, now: datetime) -> dict[str, str]:
    """In plain words what was proved, by language."""
    return {f"statement.{language}.txt": _statement(settings, done, actor, now, language) for language in _LANGUAGES}


def _statement(settings: Settings, done: Sequence[Given], actor: str, now: datetime, language: str) -> str:
    texts = (files(__package__) / f"statement.{language}.txt").read_text("utf-8").split("\n----\n")
    told = {"actor": actor, "now": now.astimezone(UTC).isoformat(timespec="seconds"), "zone": settings.zone.key}
    parts = [texts[0].format(**told, count=len(done))]
    for known, proof, heard in done:
        receipt = known.receipt
        which = 2 if receipt.encoding == Encoding.OPUS else 3 if receipt.adopted else 1
        parts.append(
            texts[which].format(
                recording=receipt.recording,
                file=PurePosixPath(str(known.sidecar.get("path", ""))).name,
                size=receipt.size,
                original=receipt.original,
                stored=receipt.stored,
                archived=proof.line.at,
                seq=proof.line.seq,
                hash=proof.line.hash,
                writer=proof.writer,
                root=proof.root.hash,
                root_seq=proof.root.seq,
                day=proof.line.day,
                proof=receipt.proof,
            )
        )
        parts.append(texts[4 if heard else 5])
    return "\n".join([*parts, texts[-1]])


def _safe(name: str) -> str:
    """A name that every system can write, whatever a caller has put into it."""
    plain = name.encode("utf-8", "replace").decode()
    return (
        "".join(one if one.isprintable() and one not in '\\/:*?"<>|' else "_" for one in plain).strip(". ")
        or "recording"
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _csv(records: Sequence[Mapping[str, Any]]) -> str:
    """Cells that a spreadsheet could take for formulas begin with an apostrophe: callers choose their names."""
    names = list(dict.fromkeys(name for row in records for name in row if name != "more"))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for row in records:
        writer.writerow([_cell(row.get(name, "")) for name in names])
    return out.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def written(path: Path) -> Any:
    """The zip's file: it is there whole, or not at all, and stays what it is if there is one."""
    if path.exists():
        raise InputError(f"{path}: is there already; name another file")
    return fs.replacing(path, mode=0o600)

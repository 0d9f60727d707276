"""The certificate of an erasure, in plain words, in English and in Russian; it names no caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicekit.calls.cdr.settings import Settings as Records
from voicekit.errors import plain

_UNIQUEID = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"


@dataclass(frozen=True, slots=True)
class Item:
    """One recording. `original` is the SHA-256 of its file; `places` where it was; `entry` the hash of the entry of the
    ledger; `reason` "" where no key opens it; `locked`: a lock keeps its sealed sound; `absent`: its object lay
    elsewhere; `accesses` the day, what, and by whom, of each access: no ledger knows what came of it.
    """

    recording: str
    original: str
    places: tuple[str, ...]
    at: str
    actor: str
    entry: str
    reason: str = ""
    locked: bool = False
    absent: bool = False
    accesses: tuple[tuple[str, str, str], ...] = ()


def text(items: Sequence[Item], *, store: str, beyond: Sequence[tuple[str, str]]) -> str:
    """`beyond` is what voicekit can't reach, in both languages."""
    return "\n".join([*_lines(items, store, beyond, _ENGLISH, 0), "", *_lines(items, store, beyond, _RUSSIAN, 1), ""])


def beyond(records: Records | None, calls: Sequence[str]) -> list[tuple[str, str]]:
    """What has to be erased elsewhere, and how, where that is known. A table of FreePBX where none is known."""
    if records and records.cdr.startswith("csv"):
        path, listed = records.cdr.partition(":")[2] or "Master.csv", ", ".join(calls)
        lines = [(f"{path}: lines of the uniqueids {listed}", f"{path}: строки с uniqueid {listed}")]
    else:
        lines = [(line, line) for line in sql((records.table if records else "") or "cdr", calls)]
    find = "find /var/log/asterisk -type f -exec zgrep -lF NUMBER {} +"
    return [
        ("the numbers in the call detail records of the PBX:", "номера в записях о вызовах (CDR) АТС:"),
        *lines,
        (
            "the events of these calls (CEL), where the PBX keeps them:",
            "события этих вызовов (CEL), если АТС их ведёт:",
        ),
        *((line, line) for line in sql("cel", calls)),
        (
            f"logs of the PBX (queue_log, full, those rotated away), which name numbers; files that do: {find}",
            f"журналы АТС (queue_log, full, в том числе архивные), где есть номера; найти такие файлы: {find}",
        ),
        ("the CRM, and whatever else was told of the calls", "CRM и всё, чему сообщалось об этих вызовах"),
        ("backups of the PBX, of the store and of this machine", "резервные копии АТС, хранилища и этой машины"),
        (
            "files that were restored, exported or shared (above: when, and by whom)",
            "файлы, которые восстановили, выгрузили или передали (выше: когда и кто)",
        ),
        (
            "indexes and caches of this archive on other machines, until voicekit calls erase is run there",
            "индексы и кэши этого архива на других машинах, пока там не выполнена команда voicekit calls erase",
        ),
    ]


def sql(table: str, calls: Sequence[str]) -> list[str]:
    """A statement that takes numbers out of a table of these calls; it names none. None for an id that could be
    anything else in SQL.
    """
    good = [call for call in calls if call and not set(call) - set(_UNIQUEID)]
    quoted = ", ".join(f"'{call}'" for call in good)
    return [f"  DELETE FROM {table} WHERE uniqueid IN ({quoted}) OR linkedid IN ({quoted});"] if good else []  # noqa: S608  letters of ids only


_ENGLISH: Mapping[str, str] = {
    "title": "CERTIFICATE OF ERASURE",
    "count": "Recordings of calls that were erased from the archive {1}: {0}.",
    "item": "Recording {0}\n  erased on {1} by {2}; entry of the ledger {3}",
    "reason": "  why: {0}",
    "file": "  SHA-256 of its file: {0}",
    "place": "  it was in: {0}",
    "locked": "  a lock keeps the sealed sound in the store: its key is destroyed, so that nobody can open it",
    "absent": "  its object was no longer where it was adopted: who moved it may have it still",
    "access": "  was given out, or was to be, so that a copy may exist: {0} {1} by {2}",
    "beyond": "Out of reach of voicekit, and to be erased by others:",
    "left": "What stays: the receipt in the ledger, with that SHA-256, by which copies elsewhere can be found.",
}
_RUSSIAN: Mapping[str, str] = {
    "title": "СВИДЕТЕЛЬСТВО ОБ УДАЛЕНИИ",
    "count": "Записей разговоров, удалённых из архива {1}: {0}.",
    "item": "Запись {0}\n  удалена {1}, удалил {2}; строка журнала {3}",
    "reason": "  основание: {0}",
    "file": "  SHA-256 её файла: {0}",
    "place": "  находилась: {0}",
    "locked": "  блокировка хранит зашифрованный звук: его ключ уничтожен, открыть его не может никто",
    "absent": "  объекта уже не было там, где он был принят: он может быть у того, кто его переместил",
    "access": "  выдавалась или должна была быть выдана, возможна копия: {0}, {1}, кто: {2}",
    "beyond": "Вне досягаемости voicekit, удалить должны другие:",
    "left": "Что остаётся: квитанция в журнале с этой SHA-256, по которой можно найти копии в других местах.",
}
_WHAT = {
    "restore": "восстановление",
    "play": "прослушивание",
    "export": "выгрузка",
    "share": "передача по ссылке",
}


def _lines(
    items: Sequence[Item], store: str, beyond: Sequence[tuple[str, str]], words: Mapping[str, str], which: int
) -> list[str]:
    lines = [words["title"], words["count"].format(len(items), store)]
    for item in items:
        lines.append(words["item"].format(item.recording, item.at, plain(item.actor), item.entry))
        lines += [words["reason"].format(plain(item.reason))] * bool(item.reason)
        lines.append(words["file"].format(item.original))
        lines += [words["place"].format(place) for place in item.places]
        for day, what, by in item.accesses:
            lines.append(words["access"].format(day, plain(_WHAT.get(what, what) if which else what), plain(by)))
        lines += [words["locked"]] * item.locked + [words["absent"]] * item.absent
    return [*lines, words["beyond"], *(f"  {said[which].strip()}" for said in beyond), words["left"]]

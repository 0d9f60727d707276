"""Which of several files Asterisk plays on a channel, and the fewest files that give every channel its best sound.

The rule is Asterisk's (ast_translator_best_choice in main/translate.c), the costs are those of its
include/asterisk/translate.h; together they give each row that was measured (docs/formats.md).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product

from voicekit.errors import InputError
from voicekit.formats import TABLE, Format
from voicekit.toml import unknown

# Microseconds for a second of sound; "lossless" are the linear codecs. What Asterisk has no translator for is not here.
RESAMPLED_UP, RESAMPLED_DOWN = 8000, 8500  # lossless -> lossless
ENCODED, ENCODED_UP = 6000, 8250  # lossless -> lossy, at the same rate or at a higher one
DECODED, DECODED_DOWN = 9000, 9600  # lossy -> lossless, at the same rate or at a lower one
RECODED = 9150  # u-law <-> A-law, by table

_KHZ = {8: "", 12: "12", 16: "16", 24: "24", 32: "32", 44.1: "44", 48: "48", 96: "96", 192: "192"}
LINEAR: Mapping[str, int] = {f"slin{suffix}": round(khz * 1000) for khz, suffix in _KHZ.items()}  # Hz

# Hz, the better quality first where it has been measured: what costs the same is settled by it.
LOSSY: Mapping[str, int] = {
    "opus": 48000, "g722": 16000, "alaw": 8000, "ulaw": 8000, "g726": 8000, "g726aal2": 8000, "adpcm": 8000,
    "speex": 8000, "speex16": 16000, "speex32": 32000, "gsm": 8000, "ilbc": 8000, "lpc10": 8000, "codec2": 8000,
}  # fmt: skip
PASSED: Mapping[str, int] = {"g729": 8000, "g723": 8000, "siren7": 16000, "siren14": 32000, "g719": 48000}
CODECS: Mapping[str, int] = {**LINEAR, **LOSSY, **PASSED}  # what a channel may have, as `allow=` names it
_QUALITY = list(CODECS)


def chosen(files: Iterable[Format], codec: str) -> Format | None:
    """The one of `files` that Asterisk plays on a channel of that codec; None when it can play none of them.

    A file in the channel's own codec; else the cheapest to translate, then the one in the fewest steps, then the
    nearest rate, then the best quality. Of two files of one codec the first in `files`: Asterisk takes the module
    that it loaded first, which differs from machine to machine.
    """
    _check(codec)

    def rank(row: Format) -> tuple[int, int, int, int]:
        if row.codec == codec:
            return 0, 0, 0, 0
        return *_costs()[row.codec, codec], abs(row.rate - CODECS[codec]), _QUALITY.index(row.codec)

    heard = [row for row in files if row.codec == codec or (row.codec, codec) in _costs()]
    return min(heard, key=rank, default=None)


def smallest(codecs: Sequence[str]) -> tuple[Format, ...]:
    """The fewest formats with which each of those channels hears its best sound, one file a codec.

    The best is a file of the channel's own codec where that is lossy and voicekit writes it, and else a linear file
    of at least the channel's rate. One linear file is enough for all: Asterisk prefers it to any lossy one, and
    brings it down without loss. Raises InputError for a codec that Asterisk does not know, or that nothing which
    voicekit writes can be heard on.
    """
    for codec in codecs:
        _check(codec)
    own = tuple(dict.fromkeys(row for codec in codecs for row in _files() if row.codec == codec not in LINEAR))
    linear = [row for row in _files() if row.codec in LINEAR]
    for files in (own, *((*own, row) for row in sorted(linear, key=lambda row: row.rate))):
        if all(_best(chosen(files, codec), codec) for codec in codecs):
            return files
    mute = next(codec for codec in codecs if chosen((*own, *linear), codec) is None)
    raise InputError(f"no file that voicekit writes is heard on a channel of codec {mute}: see voicekit formats {mute}")


def _check(codec: str) -> None:
    if codec not in CODECS:
        raise InputError(unknown("codec", codec, set(CODECS)))


def _files() -> Iterator[Format]:
    """What may be deployed without a header: one format a codec, and nothing of it is cut."""
    return (row for row in TABLE.values() if row.writable and row.headerless)


def _best(row: Format | None, codec: str) -> bool:
    if row is None:
        return False
    return row.codec == codec or (row.codec in LINEAR and row.rate >= CODECS[codec])


@cache
def _costs() -> Mapping[tuple[str, str], tuple[int, int]]:
    """(microseconds, steps) of the cheapest way from one codec to another, as `core show translation` has it."""
    costs = {(source, target): (cost, 1) for source, target, cost in _translators()}
    for via, source, target in product((*LINEAR, *LOSSY), repeat=3):
        there, back = costs.get((source, via)), costs.get((via, target))
        if there and back and source != target:
            way = (there[0] + back[0], there[1] + back[1])
            costs[source, target] = min(costs.get((source, target), way), way)
    return costs


def _translators() -> Iterator[tuple[str, str, int]]:
    """Asterisk's translators: from codec, to codec, cost."""
    for (one, low), (other, high) in product(LINEAR.items(), repeat=2):
        if one != other:
            yield one, other, RESAMPLED_UP if low < high else RESAMPLED_DOWN
    at = {rate: codec for codec, rate in LINEAR.items()}
    for codec, rate in LOSSY.items():
        yield codec, at[rate], DECODED
        yield at[rate], codec, ENCODED
    yield "g722", "slin", DECODED_DOWN
    yield "slin", "g722", ENCODED_UP
    yield "ulaw", "alaw", RECODED
    yield "alaw", "ulaw", RECODED

"""What a crashed call leaves: a WAV file whose sizes are 0, because Asterisk fills them in when it closes the file."""

import struct

from voicekit.calls.samples import wave
from voicekit.pbx.wave_reader import GSM

_LARGEST = (1 << 32) - 1  # bytes, in a header
_FACT_SAMPLES = 320  # of a block of GSM, 65 bytes


def repaired(head: bytes, size: int) -> bytes | None:
    """The first bytes of a copy that plays, as many as `head` has; None where there is nothing to repair.

    `head` is what a file of `size` bytes begins with (`samples.HEAD` bytes of it, or all). The sizes are those that
    Asterisk would have written (format_wav.c, format_wav_gsm.c): of the data what is there in whole samples, of RIFF
    all but 8 bytes. What was archived stays as it was found: this is for a copy to be heard.
    """
    found = wave(head, size)
    if found is None or not found.open or found.fmt is None or size > _LARGEST:
        return None
    data = found.present - found.present % max(found.fmt.align, 1)
    made = bytearray(head)
    struct.pack_into("<I", made, 4, size - 8)
    struct.pack_into("<I", made, found.offset - 4, data)
    fact = head.find(b"fact", 0, found.offset)
    if found.fmt.kind == GSM and fact >= 0:
        struct.pack_into("<I", made, fact + 8, data // found.fmt.align * _FACT_SAMPLES)
    return bytes(made)

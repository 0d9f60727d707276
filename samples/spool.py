"""Make a spool as an Asterisk leaves it, to try `voicekit calls` on:  python samples/spool.py DIR

Calls recorded by FreePBX in many formats, one in stereo, the two legs of Monitor(), a voicemail, a call during
which Asterisk was killed (its header says that nothing is there), a call that was hung up before a word was said, and
one that is still on: its file grows for as long as this runs with `--on`. It needs nothing but Python.
"""

import argparse
import os
import tempfile
import time
import wave
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

SOUNDS = Path(__file__).with_name("calls.zip")  # two voices in all formats
MOSCOW = timezone(timedelta(hours=3))  # the PBX's, as in samples/archive.toml: names have its local time
STEP = 32768  # bytes of stdio's buffer: what a file under recording grows by


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--on", type=float, default=0, metavar="SECONDS", help="how long the call that is on lasts")
    asked = parser.parse_args()
    began = datetime.now(MOSCOW) - timedelta(days=1)
    sounds = sorted(zipfile.Path(SOUNDS).iterdir(), key=lambda sound: sound.name)
    calls(asked.folder, began, sounds)
    odd(asked.folder, began, sounds)
    if asked.on:
        growing(asked.folder, asked.on)


def calls(folder: Path, began: datetime, sounds: list[zipfile.Path]) -> None:
    """As FreePBX names them: type, called, calling, time, uniqueid."""
    for number, sound in enumerate(sounds):
        at = began + timedelta(minutes=number)
        kind, called, calling = (("in", "600", f"8916555{number:04}"), ("out", f"+7495123{number:04}", "201"))[
            number % 2
        ]
        name = f"{kind}-{called}-{calling}-{at:%Y%m%d-%H%M%S}-{at.timestamp():.0f}.{number}{sound.suffix}"
        put(folder / f"{at:%Y/%m/%d}" / name, sound.read_bytes(), at)


def odd(folder: Path, began: datetime, sounds: list[zipfile.Path]) -> None:
    day, at = folder / f"{began:%Y/%m/%d}", began + timedelta(hours=1)
    epoch = int(at.timestamp())
    said = next(path for path in sounds if path.suffix == ".wav").read_bytes()
    put(day / f"in-600-89165550100-{at:%Y%m%d-%H%M%S}-{epoch}.100.wav", killed(said), at)
    put(day / f"in-600-89165550101-{at:%Y%m%d-%H%M%S}-{epoch}.101.wav", killed(said[:44]), at)
    put(day / f"q-700-89165550102-{at:%Y%m%d-%H%M%S}-{epoch}.102.wav", stereo(said), at)
    for leg in ("in", "out"):
        put(
            folder / f"{epoch}-SIP-201-00000042-{leg}.wav",
            said[: 44 + len(said) // (2 if leg == "in" else 3) // 2 * 2],
            at,
        )
    box = folder / "voicemail/default/201/INBOX"
    put(box / "msg0000.wav", said, at)
    put(box / "msg0000.txt", f"[message]\norigmailbox=201\ncallerid=89165550103\norigtime={epoch}\n".encode(), at)


def killed(said: bytes) -> bytes:
    """What kill -9 leaves: whole steps, and a header in which all sizes are 0."""
    sound = said[44:][: max(len(said) // STEP * STEP, STEP)]
    return said[:4] + bytes(4) + said[8:40] + bytes(4) + sound


def stereo(said: bytes) -> bytes:
    with tempfile.TemporaryFile() as file:
        with wave.open(file, "wb") as sound:
            sound.setparams((2, 2, 8000, 0, "NONE", ""))
            samples = memoryview(said[44:]).cast("H")
            sound.writeframes(b"".join(one.to_bytes(2, "little") + bytes(2) for one in samples))
        file.seek(0)
        return file.read()


def growing(folder: Path, seconds: float) -> None:
    """A call that is on: nothing may touch it."""
    at = datetime.now(MOSCOW)
    path = folder / f"{at:%Y/%m/%d}" / f"in-600-89165550199-{at:%Y%m%d-%H%M%S}-{at.timestamp():.0f}.199.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb", buffering=STEP) as file:
        file.write(bytes(44))
        for _ in range(int(seconds)):
            file.write(bytes(16000))
            time.sleep(1)


def put(path: Path, data: bytes, at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (at.timestamp(), at.timestamp()))


if __name__ == "__main__":
    main()

"""`voicekit convert` against what people use instead: 300 stock prompts at 48 kHz, to six formats.

(a) sox, one process a file and format, two at a time (norm and trim, no verification), and ffmpeg for G.722, which sox
lacks; (b) ffmpeg-normalize; (c) the floor: the C encoders and decoders alone, on samples in memory, on two processors.
"""

import io
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean, pstdev

import numpy as np
import soundfile
import soxr

from bench.measure import VOICEKIT, heading, run, table
from voicekit import parallel
from voicekit.audio.level import prompt_level
from voicekit.audio.read import open_sound
from voicekit.audio.render import prepare
from voicekit.clip import gather
from voicekit.formats import TABLE

PACK = Path("/usr/share/asterisk/sounds/en")
COUNT = 300
FORMATS = ("wav", "ulaw", "alaw", "gsm", "g722", "sln16")
SOX = {  # arguments of the output file
    "wav": ("-r", "8000", "-b", "16"),
    "ulaw": ("-r", "8000", "-t", "ul"),
    "alaw": ("-r", "8000", "-t", "al"),
    "gsm": ("-r", "8000", "-t", "gsm"),
    "sln16": ("-r", "16000", "-b", "16", "-e", "signed", "-t", "raw"),
}
EFFECTS = ("norm", "-3", "silence", "1", "0.01", "0.5%", "reverse", "silence", "1", "0.01", "0.5%", "reverse")
SAMPLE = 40  # files that ffmpeg-normalize gets: it takes seconds for each


def main() -> None:
    if not (PACK.is_dir() and shutil.which("sox") and shutil.which("ffmpeg")):
        print("skipped: apt-get install sox ffmpeg asterisk-core-sounds-en-wav")
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        sources = _sources(root / "in")
        seconds = sum(soundfile.info(path).duration for path in sources)
        heading(f"{len(sources)} prompts, {seconds / 60:.1f} min at 48 kHz, to {', '.join(FORMATS)}", "soundfile", "av")
        floor = _floor(sources)
        ours = run(VOICEKIT, "convert", str(root / "in"), "--to", str(root / "out"), "--formats", ",".join(FORMATS))
        sox = _timed(lambda: _sox(sources, root / "sox"))
        g722 = _timed(lambda: _g722(sources, root / "sox"))
        normalize = _timed(lambda: _normalize(sources[:SAMPLE], root / "norm")) * len(sources) / SAMPLE
        five = run(
            VOICEKIT, "convert", str(root / "in"), "--to", str(root / "five"), "--formats", ",".join(SOX)
        ).wall  # fmt: skip
        again = run(VOICEKIT, "convert", str(root / "in"), "--to", str(root / "out"), "--formats", ",".join(FORMATS))
        rows = [
            ["voicekit convert, six formats, levelled, trimmed, verified", f"{ours.wall:.1f}", "1.00"],
            ["(a) sox + ffmpeg for g722, six formats", f"{sox + g722:.1f}", f"{(sox + g722) / ours.wall:.2f}"],
            ["(b) ffmpeg-normalize, six formats", f"{normalize:.0f}", f"{normalize / ours.wall:.0f}"],
            ["(c) floor: encoders and decoders alone", f"{floor:.1f}", f"{floor / ours.wall:.2f}"],
            ["voicekit convert, sox's five formats", f"{five:.1f}", ""],
            ["sox alone, its five formats", f"{sox:.1f}", f"{sox / five:.2f} (to the line above)"],
            ["voicekit convert, nothing to do", f"{again.wall:.1f}", ""],
        ]
        table(["300 prompts", "wall, s", "ratio to voicekit"], rows)
        print(f"\nvoicekit takes {ours.wall / floor:.2f} times the floor\n")
        levels = [[name, *_levels(root / "out", name)] for name in FORMATS]
        table(["levels at -20 dBov", "mean", "sigma, dB", "worst, dB"], levels)


def _sources(folder: Path) -> list[Path]:
    """Every other prompt of the pack, at 48 kHz, 16 bits."""
    folder.mkdir()
    made = []
    for path in sorted(PACK.glob("*.wav"))[:COUNT]:
        samples, rate = soundfile.read(path, dtype="float32")
        soundfile.write(folder / path.name, soxr.resample(samples, rate, 48000), 48000)
        made.append(folder / path.name)
    return made


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _two_at_a_time(commands: Iterator[tuple[str, ...]]) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda argv: run(*argv), commands))


def _sox(sources: list[Path], to: Path) -> None:
    to.mkdir()
    _two_at_a_time(
        ("sox", "-V1", str(path), *arguments, "-c", "1", str(to / f"{path.stem}.{name}"), *EFFECTS)
        for path in sources
        for name, arguments in SOX.items()
    )


def _g722(sources: list[Path], to: Path) -> None:
    _two_at_a_time(
        ("ffmpeg", "-v", "error", "-y", "-i", str(path), "-ar", "16000", "-ac", "1", str(to / f"{path.stem}.g722"))
        for path in sources
    )


def _normalize(sources: list[Path], to: Path) -> None:
    """Two passes a file and format, as its manual has it; raw formats by ffmpeg's muxers."""
    to.mkdir()
    kinds = {
        "wav": ("-c:a", "pcm_s16le", "-ar", "8000"),
        "ulaw": ("-c:a", "pcm_mulaw", "-ar", "8000", "-e=-f mulaw"),
        "alaw": ("-c:a", "pcm_alaw", "-ar", "8000", "-e=-f alaw"),
        "gsm": ("-c:a", "libgsm", "-ar", "8000", "-e=-f gsm"),
        "g722": ("-c:a", "g722", "-ar", "16000", "-e=-f g722"),
        "sln16": ("-c:a", "pcm_s16le", "-ar", "16000", "-e=-f s16le"),
    }
    program = str(Path(VOICEKIT).parent / "ffmpeg-normalize")
    _two_at_a_time(
        (program, "-q", str(path), "-o", str(to / f"{path.stem}.{name}"), "-t", "-20", *arguments)
        for path in sources
        for name, arguments in kinds.items()
    )


def _floor(sources: list[Path]) -> float:
    """Encode and decode what is in memory already, in two processes."""
    narrow = [gather(open_sound(path)) for path in sources]
    sounds = [{rate: soxr.resample(clip.samples, clip.rate, rate) for rate in (8000, 16000)} for clip in narrow]
    rows = [TABLE[name] for name in FORMATS]
    prepare(rows)

    def code(sound: dict[int, np.ndarray]) -> int:
        for row in rows:
            file = io.BytesIO()
            row.write([sound[row.rate]], file)
            file.seek(0)
            for _ in row.read(file):
                pass
        return 0

    return _timed(lambda: list(parallel.each(code, sounds, workers=2)))


def _levels(folder: Path, name: str) -> tuple[str, str, str]:
    levels = [prompt_level(open_sound(path)).active for path in sorted(folder.glob(f"*.{name}"))]
    heard = [level for level in levels if level > -60]
    worst = max(abs(level + 20) for level in heard)
    return f"{mean(heard):.2f}", f"{pstdev(heard):.3f}", f"{worst:.2f}"


if __name__ == "__main__":
    main()

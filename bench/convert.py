"""`voicekit convert` against what people use instead: 300 stock prompts at 48 kHz, to six formats.

(a) sox, one process a file and format, two at a time (norm and trim, no verification), and ffmpeg for G.722, which sox
lacks; (b) ffmpeg-normalize; (c) the floor: the C encoders and decoders alone, on samples in memory, on two processors.
"""

import io
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean, pstdev
from unittest import mock

import soundfile
import soxr

from bench.measure import VOICEKIT, Cost, heading, run, table
from voicekit import parallel
from voicekit.audio.level import prompt_level
from voicekit.audio.read import open_sound
from voicekit.audio.render import prepare
from voicekit.clip import Samples, gather
from voicekit.formats import TABLE
from voicekit.formats import libgsm as system

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
ROUNDS = 3  # the best of each is taken
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
        sounds = _decoded(sources)
        ways = {
            "voicekit convert, six formats": lambda to: _voicekit(root / "in", to, FORMATS),
            "sox, and ffmpeg for G.722, six formats": lambda to: (_sox(sources, to), _g722(sources, to)),
            "floor: encoders and decoders alone": lambda _: _floor(sounds),
            "floor, GSM by soundfile's wheel": lambda _: _floor(sounds, libgsm=False),
            "voicekit convert, sox's five formats": lambda to: _voicekit(root / "in", to, SOX),
            "sox alone, its five formats": lambda to: _sox(sources, to),
        }
        costs = {name: [] for name in ways}
        for turn in range(ROUNDS):  # in turns, so that whatever else the machine does troubles them alike
            for number, (name, way) in enumerate(ways.items()):
                costs[name].append(_timed(lambda: way(root / f"{turn}.{number}")))  # noqa: B023  called at once
        best = {name: Cost(min(c.wall for c in all_), min(c.cpu for c in all_), "") for name, all_ in costs.items()}
        best["voicekit convert, nothing to do"] = _timed(lambda: _voicekit(root / "in", root / "0.0", FORMATS))
        one = _timed(lambda: _normalize(sources[:SAMPLE], root / "norm"))
        best["ffmpeg-normalize, six formats"] = Cost(*(x * len(sources) / SAMPLE for x in (one.wall, one.cpu)), "")
        six, five = best["voicekit convert, six formats"], best["voicekit convert, sox's five formats"]
        rows = []
        for name, cost in best.items():
            ours = five if name.startswith("sox alone") else six
            ratios = (f"{cost.wall / ours.wall:.2f}", f"{cost.cpu / ours.cpu:.2f}")
            rows.append([name, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", *ratios])
        table(["300 prompts", "wall, s", "CPU, s", "wall, of voicekit's", "CPU, of voicekit's"], rows)
        print()
        levels = [[name, *_levels(root / "0.0", name)] for name in FORMATS]
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


def _timed(work: Callable[[], object]) -> Cost:
    """What it costs, in the processes that it starts."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - start, cpu, "")


def _voicekit(source: Path, to: Path, formats: Iterable[str]) -> None:
    run(VOICEKIT, "convert", str(source), "--to", str(to), "--formats", ",".join(formats))


def _two_at_a_time(commands: Iterator[tuple[str, ...]]) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda argv: run(*argv), commands))


def _sox(sources: list[Path], to: Path) -> None:
    to.mkdir(exist_ok=True)
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


def _decoded(sources: list[Path]) -> list[dict[int, Samples]]:
    """What the encoders get, by rate."""
    clips = [gather(open_sound(path)) for path in sources]
    return [{rate: soxr.resample(clip.samples, clip.rate, rate) for rate in (8000, 16000)} for clip in clips]


def _floor(sounds: list[dict[int, Samples]], *, libgsm: bool = True) -> None:
    """Encode and decode, in two processes; without `libgsm`, GSM as where it is missing."""
    rows = [TABLE[name] for name in FORMATS]
    prepare(rows)

    def code(sound: dict[int, Samples]) -> int:
        for row in rows:
            file = io.BytesIO()
            row.write([sound[row.rate]], file)
            file.seek(0)
            for _ in row.read(file):
                pass
        return 0

    with mock.patch.object(system, "LIBRARY", system.LIBRARY if libgsm else None):
        list(parallel.each(code, sounds, workers=2))


def _levels(folder: Path, name: str) -> tuple[str, str, str]:
    levels = [prompt_level(open_sound(path)).active for path in sorted(folder.glob(f"*.{name}"))]
    heard = [level for level in levels if level > -60]
    worst = max(abs(level + 20) for level in heard)
    return f"{mean(heard):.2f}", f"{pstdev(heard):.3f}", f"{worst:.2f}"


if __name__ == "__main__":
    main()

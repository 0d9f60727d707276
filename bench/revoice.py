"""Asterisk's core sounds, Russian and English, spoken anew with espeak-ng in five formats."""

import gzip
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, pstdev

from bench.measure import VOICEKIT, Cost, heading, run, table
from voicekit.errors import Exit

FORMATS = ("sln16", "g722", "ulaw", "alaw", "gsm")
LANGUAGES = ("ru", "en")
LISTS = "/usr/share/doc/asterisk-core-sounds-{0}/core-sounds-{0}.txt.gz"


def main() -> None:
    heading(f"Revoice: the core sounds in {', '.join(LANGUAGES)} as {', '.join(FORMATS)}", "espeakng-loader", "numpy")
    missing = [path for path in map(LISTS.format, LANGUAGES) if not Path(path).is_file()]
    if missing:
        print(f"not run: no {missing[0]}; apt-get install asterisk-core-sounds-ru asterisk-core-sounds-en")
        return
    with tempfile.TemporaryDirectory(prefix="voicekit-bench-") as folder:
        root = Path(folder)
        workspace(root)
        spoken = run(VOICEKIT, "revoice", "-C", folder, fine=(Exit.DONE, Exit.ITEMS_FAILED))
        shutil.rmtree(root / "build")
        built = run(VOICEKIT, "revoice", "-C", folder, fine=(Exit.DONE, Exit.ITEMS_FAILED))
        floor, prompts = floor_of(root)
        show({"speak, finish, write all": spoken, "finish and write all again": built, "espeak-ng alone": floor}, root)
        levels(root)
        failures = [line for cost in (spoken, built) for line in cost.out.splitlines() if line.startswith("FAILED")]
        print(f"\n{prompts} prompts, {len(failures)} failures; revoice says: {spoken.out.splitlines()[-1]}")
        print("\n".join(failures))


def workspace(root: Path) -> None:
    """A workspace with the two lists in it and nothing else."""
    from voicekit.workspace import template

    run(VOICEKIT, "init", str(root))
    shutil.rmtree(root / "prompts")
    (root / "voicekit.toml").write_text(template("bench", LANGUAGES, FORMATS, "robot"), encoding="utf-8")
    for language in LANGUAGES:
        words = root / f"core-sounds-{language}.txt"
        words.write_bytes(gzip.decompress(Path(LISTS.format(language)).read_bytes()))
        run(VOICEKIT, "prompts", "import", "-C", str(root), str(words))


def floor_of(root: Path) -> tuple[Cost, int]:
    """What no engine run can beat: espeak-ng for the same texts, a process each, the sound thrown away."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command line does
    from voicekit import engines, parallel
    from voicekit.state import Situation
    from voicekit.workspace import load

    situation = Situation.read(load(root))
    engine = engines.of(situation.voice)
    assert engine
    wanted = [engines.speech(engine, situation.voice, state.spoken, state.key[0]) for state in situation.states()]
    speeches = [speech for speech in wanted if speech and not engine.refusal(speech)]
    engine.version()
    import voicekit.clip  # noqa: F401  once, as in revoice

    def spoken(speech: engines.Speech) -> int:
        return len(engine.speak(speech).samples)

    with measured() as costs, parallel.fresh(spoken, limit=60) as fresh:
        for _ in parallel.each(fresh, speeches, workers=parallel.processors()):
            pass
    return costs[0], len(speeches)


@contextmanager
def measured() -> Iterator[list[Cost]]:
    """What the block cost, as the one item of the list."""
    costs: list[Cost] = []
    start, before = time.perf_counter(), processor_time()
    yield costs
    costs.append(Cost(time.perf_counter() - start, processor_time() - before, ""))


def processor_time() -> float:
    who = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in who)


def show(costs: dict[str, Cost], root: Path) -> None:
    from voicekit.lock import Lock

    entries = Lock.load(root / "voicekit.lock").entries.values()
    seconds = sum(entry.seconds for entry in entries)
    rows = [
        [
            what,
            f"{cost.wall:.1f}",
            f"{cost.cpu:.1f}",
            f"{1000 * cost.cpu / len(entries):.0f}",
            f"{seconds / cost.wall:.0f}",
        ]
        for what, cost in costs.items()
    ]
    table(["what", "wall, s", "CPU, s", "CPU a prompt, ms", "faster than it plays"], rows)
    print(f"\n{seconds / 60:.0f} minutes of speech")


def levels(root: Path) -> None:
    """How far the files that callers hear lie from the level that was asked for."""
    from voicekit.audio.level import prompt_level
    from voicekit.audio.read import open_sound
    from voicekit.audio.recipe import Finish
    from voicekit.clip import gather

    goal = Finish().level
    files = sorted((root / "build/sounds").rglob("*.ulaw"))
    off = [prompt_level(gather(open_sound(file))).active - goal for file in files]
    print(f"level after u-law, from {goal:g} dBov: mean {mean(off):+.2f}, sigma {pstdev(off):.3f}, ", end="")
    worst = max(range(len(files)), key=lambda n: abs(off[n]))
    print(f"worst {off[worst]:+.2f} dB ({files[worst].relative_to(root / 'build/sounds')})")


if __name__ == "__main__":
    main()

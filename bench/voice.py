"""Who is speaking: how often the voice gate errs, on eight packs of stock prompts, 8 kHz, a random codec each side.

The packs are Debian's; some exclude each other, so all are unpacked beside, into $VOICEKIT_PACKS or a folder of /tmp.
Two packs may be of one person (Allison reads English and Spanish): they never count as different.
"""

import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from bench.measure import heading, table
from voicekit import parallel, voiceprint
from voicekit.audio.read import as_asterisk, open_sound
from voicekit.audio.resample import Resampled
from voicekit.clip import Clip, gather
from voicekit.errors import VoicekitError
from voicekit.formats import TABLE
from voicekit.voiceprint import Voiceprint
from voicekit.voiceprint.cluster import clusters, outliers
from voicekit.voiceprint.profile import SHORTEST, Profile

PACKS = {  # Debian package: who speaks
    "asterisk-core-sounds-en-wav": "Allison",
    "asterisk-core-sounds-es-wav": "Allison",
    "asterisk-core-sounds-fr-wav": "June",
    "asterisk-core-sounds-it-wav": "Carlo",
    "asterisk-prompt-it-menardi-wav": "Menardi",
    "asterisk-core-sounds-ru-wav": "IvrvoiceRU",
    "asterisk-prompt-fr-armelle": "Armelle",
    "asterisk-prompt-es-co": "Jimenez",
}
EACH = 110  # files of a pack
CODECS = ("wav", "ulaw", "gsm", "g722")
EFFECTS = ("tt-", "beep", "silence", "monkeys", "weasels", "moo", "ascending", "tone", "dir-")
PROFILE = 30.0  # s
SEED = 20261123
MENUS = 200


@dataclass(frozen=True, slots=True)
class Sound:
    pack: str
    print: Voiceprint

    @property
    def seconds(self) -> float:
        return self.print.seconds


def unpacked() -> Path:
    """The folder with the packs, fetched and unpacked where they are not there yet."""
    folder = Path(os.environ.get("VOICEKIT_PACKS", Path(tempfile.gettempdir()) / "voicekit-packs"))
    folder.mkdir(parents=True, exist_ok=True)
    for pack in PACKS:
        if not (folder / pack).is_dir():
            subprocess.run(["apt-get", "download", "-qq", pack], cwd=folder, check=True, stderr=subprocess.DEVNULL)
            subprocess.run(["dpkg", "-x", next(folder.glob(f"{pack}_*.deb")), folder / pack], check=True)
    return folder


def sounds(folder: Path) -> list[tuple[str, str, Path]]:
    """(pack, codec, file): some speech of each pack, and a codec at random."""
    choice = random.Random(SEED)
    tasks = []
    for pack in PACKS:
        files = [path for path in sorted((folder / pack).rglob("*")) if path.suffix in (".wav", ".gsm")]
        files = [path for path in files if path.is_file() and not any(word in str(path) for word in EFFECTS)]
        choice.shuffle(files)
        tasks += [(pack, choice.choice(CODECS), path) for path in files[:EACH]]
    return tasks


def through(codec: str, path: Path) -> Clip:
    """The sound as a caller hears it: at 8 kHz, through a codec."""
    row = TABLE[codec]
    sound = Resampled(as_asterisk(path, TABLE["gsm"]) if path.suffix == ".gsm" else open_sound(path), row.rate)
    with tempfile.TemporaryFile() as file:
        row.write(sound.blocks(), file)
        file.seek(0)
        return Clip(np.concatenate(list(row.read(file))), row.rate)


def heard(task: tuple[str, str, Path]) -> tuple[Sound, float]:
    clip = gather(through(task[1], task[2]))
    start = time.process_time()
    (print_,) = voiceprint.encoder().prints([clip])
    return Sound(task[0], print_), time.process_time() - start


def main() -> None:
    tasks = sounds(unpacked())
    voiceprint.encoder()
    results = [result for _, result in parallel.each(heard, tasks, workers=2) if not isinstance(result, parallel.Crash)]
    every = sorted((sound for sound, _ in results if sound.print.vector is not None), key=lambda s: (s.pack, s.seconds))
    heading("Voices", "numpy")
    print(f"{len(every)} of {len(tasks)} sounds, {sum(s.seconds for s in every) / 60:.0f} minutes of speech\n")
    rows = [errors(every), *recognised(every), *menus(every), costs()]
    table(("what", "found", "bar"), rows)


def errors(every: list[Sound]) -> tuple[str, str, str]:
    """Equal error rate of a 30 s profile against sounds of 1 s and more, by the margin of the gate."""
    own, foreign = [], []
    for who, profile, rest in profiles(every):
        for sound in rest:
            margin = profile.judge(sound.print).margin
            assert margin is not None
            (own if PACKS[sound.pack] == who else foreign).append(margin)
    false = sum(margin < 0 for margin in own) / len(own)
    missed = sum(margin >= 0 for margin in foreign) / len(foreign)
    rate = equal_error(np.array(own), np.array(foreign))
    return (
        "equal error rate, 1 s and more",
        f"{rate:.1%} (at the gate: {false:.1%} refused, {missed:.1%} let in)",
        "2 %",
    )


def profiles(every: list[Sound]) -> Iterator[tuple[str, Profile, list[Sound]]]:
    """For each pack five times: who it is, a profile of 30 s of it, and all sounds that it is not made of."""
    choice = random.Random(SEED)
    identity = voiceprint.encoder().identity
    for pack, who in PACKS.items():
        mine = [sound for sound in every if sound.pack == pack and sound.seconds >= SHORTEST]
        for _ in range(5):
            choice.shuffle(mine)
            taken, total = [], 0.0
            for sound in mine:
                if total < PROFILE or len(taken) < 10:
                    taken.append(sound)
                    total += sound.seconds
            profile = Profile.of(identity, [sound.print for sound in taken])
            others = [s for s in every if s.seconds >= SHORTEST and s not in taken]
            yield who, profile, [s for s in others if s.pack == pack or PACKS[s.pack] != who]


def equal_error(own: np.ndarray, foreign: np.ndarray) -> float:
    """The error rate at the threshold where as many are refused as are let in."""
    thresholds = np.sort(np.concatenate([own, foreign]))
    refused = np.searchsorted(np.sort(own), thresholds) / len(own)
    let_in = 1 - np.searchsorted(np.sort(foreign), thresholds) / len(foreign)
    best = int(np.abs(refused - let_in).argmin())
    return float(refused[best] + let_in[best]) / 2


def recognised(every: list[Sound]) -> Iterator[tuple[str, str, str]]:
    long = [sound for sound in every if sound.seconds >= 2.0]
    groups = clusters([sound.print for sound in long])
    most = sum(max(np.unique([PACKS[long[i].pack] for i in group], return_counts=True)[1]) for group in groups)
    big = [group for group in groups if len(group) >= 3]
    yield (
        "voices found, files of 2 s and more",
        f"{len(big)} groups for {len(set(PACKS.values()))} people, {len(groups) - len(big)} strays",
        "one each",
    )
    yield "purity", f"{most / len(long):.3f}", "0.99"


def menus(every: list[Sound]) -> Iterator[tuple[str, str, str]]:
    """Menus of 20 prompts of which 3 are of somebody else, no profile given."""
    choice = random.Random(SEED)
    usable = {pack: [s for s in every if s.pack == pack and s.seconds >= SHORTEST] for pack in PACKS}
    pairs = [pair for pair in combinations(PACKS, 2) if PACKS[pair[0]] != PACKS[pair[1]]]
    flagged = right = 0
    for _ in range(MENUS):
        main_voice, other = choice.sample(choice.choice(pairs), k=2)
        menu = choice.sample(usable[main_voice], 17) + choice.sample(usable[other], 3)
        found = outliers([sound.print for sound in menu])
        flagged += len(found)
        right += sum(index >= 17 for index in found)
    yield "3 foreign of 20: precision", f"{right / max(flagged, 1):.2f}", "0.90"
    yield "3 foreign of 20: recall", f"{right / (3 * MENUS):.2f}", "0.90"


def costs() -> tuple[str, str, str]:
    """CPU for 5 s of speech, in batches as `voice check` makes them."""
    seconds = np.random.default_rng(SEED).normal(0, 0.1, 5 * 8000).astype(np.float32)
    batch = [Clip(seconds, 8000)] * 32
    start = time.process_time()
    voiceprint.encoder().prints(batch)
    return "CPU for a prompt of 5 s", f"{(time.process_time() - start) / len(batch) * 1000:.0f} ms", "40 ms"


if __name__ == "__main__":
    try:
        main()
    except VoicekitError as error:
        raise SystemExit(str(error)) from error

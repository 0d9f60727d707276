"""Make the files of this folder again: short recordings with the faults that real ones have."""

import ctypes
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import av
import espeakng_loader
import numpy as np
import soundfile as sf
import soxr
from numpy.typing import NDArray

Sound = NDArray[np.float32]  # in [-1, 1], shape (n,) or (n, 2)

HERE = Path(__file__).parent
SPOKEN = 22050  # Hz, what espeak-ng gives
EXACT = {"flags": "bitexact", "strict": "experimental"}  # no random numbers in a file; FFmpeg's own Vorbis


def say(voice: str, text: str, rate: int = SPOKEN) -> Sound:
    """`text` as espeak-ng speaks it: only a process's first phrase is always made of the same samples."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        speech = fresh.submit(_espeak, voice, text).result()
    return np.asarray(soxr.resample(speech, SPOKEN, rate), np.float32)


def _espeak(voice: str, text: str) -> Sound:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    pieces: list[bytes] = []

    def keep(samples: int | None, count: int, _events: int | None) -> int:
        if samples:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    synchronous, utf8 = 2, 1  # AUDIO_OUTPUT_SYNCHRONOUS, espeakCHARS_UTF8 of speak_lib.h
    if library.espeak_Initialize(synchronous, 0, espeakng_loader.get_data_path().encode(), 0) != SPOKEN:
        raise RuntimeError("espeak-ng did not start")
    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(keep)
    library.espeak_SetSynthCallback(callback)
    words = text.encode() + b"\0"
    failed = library.espeak_SetVoiceByName(voice.encode()) or library.espeak_Synth(
        words, ctypes.c_size_t(len(words)), 0, 0, 0, utf8, None, None
    )
    if failed:
        raise RuntimeError(f"espeak-ng can't say {text!r} with the voice {voice}")
    return np.frombuffer(b"".join(pieces), "<i2").astype(np.float32) / np.float32(32768)


def at_rms(sound: Sound, level: float) -> Sound:
    """`sound` with its RMS, pauses included, at `level`: dB relative to full scale."""
    return sound * (10 ** (level / 20) / float(np.sqrt(np.mean(np.square(sound)))))


def padded(sound: Sound, rate: int, before: float, after: float) -> Sound:
    """`sound` between seconds of silence."""
    return np.pad(sound, (round(before * rate), round(after * rate)))


def noise(count: int, level: float) -> Sound:
    return at_rms(np.random.default_rng(1).standard_normal(count, np.float32), level)


def encode(path: Path, codec: str, sound: Sound, rate: int, kilobits: int) -> None:
    """Write one or two channels with FFmpeg."""
    planar = np.ascontiguousarray(np.atleast_2d(sound.T), np.float32)
    layout = "mono" if len(planar) == 1 else "stereo"
    frame = av.AudioFrame.from_ndarray(planar, "fltp", layout)
    frame.sample_rate = rate
    frame.pts = 0  # without it the time stamps of Ogg Vorbis are wrong
    with av.open(path, "w", container_options={"fflags": "bitexact"}) as container:
        stream = container.add_stream(codec, rate, EXACT, layout=layout)
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = kilobits * 1000
        resampler = av.AudioResampler(stream.format, layout, rate, stream.frame_size)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(piece))


def phone_memo(path: Path) -> None:
    memo = say("ru", "Так, записываю: завтра склад закрывается в три часа. Всем спасибо.", 44100)
    encode(path, "aac", padded(at_rms(memo, -35), 44100, 2.5, 0.2), 44100, 32)


def studio(path: Path) -> None:
    take = padded(at_rms(say("en-us", "Good morning!", 48000), -30), 48000, 1, 1)
    sf.write(path, take + 0.004, 48000, "PCM_24")


def stereo(path: Path) -> None:
    voice = say("en-us", "Free delivery this week only!", 44100)
    loud = 0.99 * np.tanh(3 * voice / np.abs(voice).max())
    encode(path, "libmp3lame", np.stack([loud, np.roll(loud, 20)], 1), 44100, 128)


def old_prompt(path: Path) -> None:
    prompt = at_rms(say("ru", "Наш адрес изменился. Новый адрес вы найдёте на сайте.", 8000), -27)
    sf.write(path, prompt, 8000, "GSM610", format="RAW")


def whisper(path: Path) -> None:
    """Not libsndfile: it draws the number of an Ogg stream at random. FFmpeg's Vorbis is stereo only."""
    hushed = at_rms(say("en-us", "The meeting is still going on. Please call back later."), -52)
    encode(path, "vorbis", np.stack([hushed, hushed], 1), SPOKEN, 48)


def hum(path: Path) -> None:
    speech = padded(at_rms(say("ru", "Сегодня принимаем заказы до шести."), -24), SPOKEN, 0.4, 0.4)
    turns = 2 * np.pi * np.arange(len(speech)) / SPOKEN
    mains = sum(a * np.sin(f * turns) for f, a in ((50, 0.05), (150, 0.01)))
    sf.write(path, speech + mains, SPOKEN, "PCM_16")


def street(path: Path) -> None:
    voice = padded(at_rms(say("ru", "Машина подъехала, встречайте.", 48000), -26), 48000, 0.8, 0.8)
    traffic = np.convolve(noise(len(voice), -20), np.full(40, 1 / 40, np.float32), "same")
    encode(path, "libopus", voice + traffic, 48000, 24)


def wide(path: Path) -> None:
    voice = padded(at_rms(say("en-us", "All our lines are open again.", 44100), -23), 44100, 0.3, 0.3)
    encode(path, "wmav2", np.stack([voice, noise(len(voice), -60)], 1), 44100, 64)


def clicks(path: Path) -> None:
    notice = at_rms(say("ru", "Разговор записывается. Если вы против, сообщите оператору.", 8000), -22)
    notice[[0, -1]] = 0.9, -0.9
    sf.write(path, notice, 8000, "ULAW")


SAMPLES: dict[str, Callable[[Path], None]] = {
    "phone-memo.m4a": phone_memo,
    "studio-48k.wav": studio,
    "stereo.mp3": stereo,
    "old-pbx/old-prompt.gsm": old_prompt,
    "whisper.ogg": whisper,
    "hum.flac": hum,
    "street.opus": street,
    "wide.wma": wide,
    "объявление о записи.wav": clicks,  # noqa: RUF001 - a Russian word of one letter
}

if __name__ == "__main__":
    for name, make in SAMPLES.items():
        (HERE / name).parent.mkdir(exist_ok=True)
        make(HERE / name)

"""Make the tiny Piper voices beside this file: real models that real onnxruntime runs, of a few KB, saying hums.

    pip install onnx numpy && python tests/voices/make_tiny.py

Each phoneme is a hum of 50 ms: a sine of a pitch that the phoneme's number and the speaker decide, with two
harmonics and a soft start and end. `scales` (noise, length, noise_w) act as in VITS: noise is added to the sound,
length stretches it, noise_w varies that stretch.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
RATE = 16000  # Hz
HOP = 800  # samples a phoneme at length 1
PHONEMES = (
    "_^$ !'(),-.:;?abcdefghijklmnopqrstuvwxyzæçðøħŋœǀǁǂǃɐɑɒɓɔɕɖɗɘ"
    "əɚɛɜɞɟɠɡɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʘʙʛʜʝʟʡʢʲˈˌːˑ˞βθχᵻⱱ"
)
VOICES = {"tiny": (140.0, {}), "tiny-high": (230.0, {}), "tiny-three": (140.0, {"anna": 0, "boris": 1, "vera": 2})}


def constant(name: str, value: object, kind: type = np.float32) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(value, kind), name)


def model(pitch: float, speakers: int) -> onnx.ModelProto:
    """input [1,N], input_lengths [1], scales [3] (, sid [1]) -> output [1,1,T], as Piper's exports have it."""
    node = helper.make_node
    many = speakers > 1
    nodes = [
        node("Split", ["scales", "thirds"], ["noise", "length", "noise_w"], axis=0),
        # How many samples a phoneme has: HOP, stretched by length, and by a chance of noise_w.
        node("RandomNormalLike", ["length"], ["chance"], dtype=TensorProto.FLOAT),
        node("Mul", ["chance", "noise_w"], ["varied"]),
        node("Mul", ["varied", "tenth"], ["stretch"]),
        node("Exp", ["stretch"], ["stretched"]),
        node("Mul", ["length", "hop"], ["long"]),
        node("Mul", ["long", "stretched"], ["samples"]),
        node("Ceil", ["samples"], ["whole"]),
        node("Cast", ["whole"], ["count"], to=TensorProto.INT64),
        node("Squeeze", ["count"], ["counted"]),
        node("Range", ["zero", "counted", "one"], ["index"]),
        node("Cast", ["index"], ["place"], to=TensorProto.FLOAT),
        node("Div", ["place", "rate"], ["time"]),  # [S] seconds
        # A pitch each: base * speaker * (1 + number/256).
        node("Cast", ["input"], ["numbers"], to=TensorProto.FLOAT),
        node("Mul", ["numbers", "step"], ["steps"]),
        node("Add", ["steps", "unit"], ["factors"]),
        node("Mul", ["factors", "base"], ["plain"]),
        *(
            [node("Gather", ["speakers", "sid"], ["own"], axis=0), node("Mul", ["plain", "own"], ["pitches"])]
            if many
            else [node("Identity", ["plain"], ["pitches"])]
        ),
        node("Unsqueeze", ["pitches", "last"], ["column"]),  # [1,N,1]
        node("Mul", ["column", "time"], ["turns"]),  # [1,N,S]
        node("Mul", ["turns", "tau"], ["phase"]),
        node("Sin", ["phase"], ["first"]),
        node("Mul", ["phase", "two"], ["phase2"]),
        node("Sin", ["phase2"], ["second"]),
        node("Mul", ["second", "half"], ["softer"]),
        node("Add", ["first", "softer"], ["sung"]),
        # A swell over each phoneme: sin(pi t / T).
        node("Cast", ["counted"], ["size"], to=TensorProto.FLOAT),
        node("Div", ["place", "size"], ["part"]),
        node("Mul", ["part", "pi"], ["arc"]),
        node("Sin", ["arc"], ["swell"]),
        node("Mul", ["sung", "swell"], ["swelled"]),
        node("Mul", ["swelled", "level"], ["quiet"]),
        node("RandomNormalLike", ["quiet"], ["hiss"], dtype=TensorProto.FLOAT),
        node("Mul", ["hiss", "noise"], ["hissed"]),
        node("Mul", ["hissed", "tenth"], ["faint"]),
        node("Add", ["quiet", "faint"], ["spoken"]),
        node("Reshape", ["spoken", "line"], ["output"]),
    ]
    constants = [
        constant("thirds", [1, 1, 1], np.int64), constant("tenth", 0.1), constant("hop", HOP),
        constant("zero", 0, np.int64), constant("one", 1, np.int64), constant("rate", RATE),
        constant("step", 1 / 256), constant("unit", 1), constant("base", pitch), constant("last", [2], np.int64),
        constant("tau", 2 * np.pi), constant("two", 2), constant("half", 0.5), constant("pi", np.pi),
        constant("level", 0.25), constant("line", [1, 1, -1], np.int64),
        *([constant("speakers", [0.8, 1.0, 1.3])] if many else []),
    ]  # fmt: skip
    value = helper.make_tensor_value_info
    inputs = [
        value("input", TensorProto.INT64, [1, "N"]),
        value("input_lengths", TensorProto.INT64, [1]),
        value("scales", TensorProto.FLOAT, [3]),
        *([value("sid", TensorProto.INT64, [1])] if many else []),
    ]
    outputs = [value("output", TensorProto.FLOAT, [1, 1, "T"])]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


def config(speakers: dict[str, int], language: str) -> dict[str, object]:
    return {
        "audio": {"sample_rate": RATE},
        "espeak": {"voice": language},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "num_symbols": 256,
        "num_speakers": max(len(speakers), 1),
        "speaker_id_map": speakers,
        "phoneme_id_map": {phoneme: [number] for number, phoneme in enumerate(PHONEMES)},
    }


def main() -> None:
    for name, (pitch, speakers) in VOICES.items():
        made = model(pitch, len(speakers))
        onnx.checker.check_model(made)
        (HERE / f"{name}.onnx").write_bytes(made.SerializeToString())
        text = json.dumps(config(speakers, "ru" if name == "tiny" else "en-us"), ensure_ascii=False, indent=1)
        (HERE / f"{name}.onnx.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

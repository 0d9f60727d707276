"""Make the tiny speaker models beside this file: real ONNX, run by real onnxruntime, of some KB.

    pip install onnx numpy && python tests/voices/make_speaker.py

`speaker.onnx` takes what wespeaker's exports take, feats [B,T,80], and gives embs [B,32]: how much each band varies
over time, through a layer of chance. No training: it knows a woman from a man,
as any spectrum does. The others are of shapes that voicekit refuses.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
BANDS, SIZE = 80, 32
FLOAT = TensorProto.FLOAT


def model(inputs: dict[str, list[object]], nodes: list[onnx.NodeProto], output: list[object]) -> onnx.ModelProto:
    weights = np.random.default_rng(11).normal(0, 0.2, (BANDS, SIZE)).astype(np.float32)
    constants = [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(np.array([1]), "time")]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "speaker",
        [value(name, FLOAT, shape) for name, shape in inputs.items()],
        [value("embs", FLOAT, output)],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def main() -> None:
    node = helper.make_node
    pooled = [
        node("Mul", ["feats", "feats"], ["squares"]),
        node("ReduceMean", ["squares", "time"], ["power"], keepdims=0),
        node("Sqrt", ["power"], ["spread"]),
        node("ReduceMean", ["spread"], ["middle"]),
        node("Sub", ["spread", "middle"], ["relative"]),
        node("MatMul", ["relative", "weights"], ["embs"]),
    ]
    each_frame = [node("MatMul", ["feats", "weights"], ["embs"])]
    models = {
        "speaker": model({"feats": ["B", "T", BANDS]}, pooled, ["B", SIZE]),
        "speaker-frames": model({"feats": ["B", "T", BANDS]}, each_frame, ["B", "T", SIZE]),
        "speaker-turned": model({"feats": ["B", BANDS, "T"]}, each_frame, ["B", BANDS, SIZE]),
    }
    for name, made in models.items():
        (HERE / f"{name}.onnx").write_bytes(made.SerializeToString())


if __name__ == "__main__":
    main()

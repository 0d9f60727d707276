"""A tiny Whisper that real faster-whisper loads and runs, and that hears the same words in every sound.

Position p of the decoder is the p-th axis, and nothing else has any weight: so the row of a word in the last layer
that points along this axis makes it the word said there. What is heard with it proves the way to it, not its ears.
"""

import json
from pathlib import Path

import numpy as np
from ctranslate2.specs import whisper_spec
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

SIZE = 64  # axes, and so positions that say something
MELS, FRAMES, LONGEST = 80, 1500, 448
PROMPT = 2  # <|startoftranscript|> <|notimestamps|>
SPECIAL = (
    "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>",
    "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
)  # fmt: skip


def make(folder: Path, said: str) -> Path:
    """Write the model's folder: model.bin, config.json, vocabulary.json, tokenizer.json."""
    tokenizer = _tokenizer(said)
    tokens = [tokenizer.id_to_token(number) for number in range(tokenizer.get_vocab_size())]
    spoken = [tokenizer.token_to_id("Ġ" + word) for word in said.split()] + [tokenizer.token_to_id("<|endoftext|>")]
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    spec = _spec(len(tokens), spoken)
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.save(str(folder))
    (folder / "config.json").write_text(json.dumps({"suppress_ids": [], "suppress_ids_begin": [], "lang_ids": []}))
    return folder


def _tokenizer(said: str) -> Tokenizer:
    letters = pre_tokenizers.ByteLevel.alphabet()
    words = sorted({"Ġ" + word for word in said.split()})
    vocabulary = {token: number for number, token in enumerate([*sorted(letters), *words])}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(False), decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer


def _spec(vocabulary: int, spoken: list[int]) -> whisper_spec.WhisperSpec:
    spec = whisper_spec.WhisperSpec(1, 1, 1, 1)
    spec.encoder.num_heads = spec.decoder.num_heads = np.dtype("int16").type(1)
    nothing = np.zeros
    for conv, width in ((spec.encoder.conv1, MELS), (spec.encoder.conv2, SIZE)):
        conv.weight, conv.bias = nothing((SIZE, width, 3), np.float32), nothing(SIZE, np.float32)
    spec.encoder.position_encodings.encodings = nothing((FRAMES, SIZE), np.float32)
    spec.decoder.position_encodings.encodings = np.resize(10 * np.eye(SIZE, dtype=np.float32), (LONGEST, SIZE))
    spec.decoder.embeddings.weight = nothing((vocabulary, SIZE), np.float32)
    spec.decoder.projection.weight = nothing((vocabulary, SIZE), np.float32)
    for place, token in enumerate(spoken, PROMPT - 1):
        spec.decoder.projection.weight[token, place] += 1
    for stack in (spec.encoder, spec.decoder):
        _norm(stack.layer_norm)
        for layer in stack.layer:
            for attention in filter(None, (layer.self_attention, getattr(layer, "attention", None))):
                _norm(attention.layer_norm)
                crossing = attention is getattr(layer, "attention", None)
                for linear, width in zip(attention.linear, (1, 2, 1) if crossing else (3, 1), strict=True):
                    _linear(linear, width * SIZE, SIZE)
            _norm(layer.ffn.layer_norm)
            _linear(layer.ffn.linear_0, SIZE, SIZE)
            _linear(layer.ffn.linear_1, SIZE, SIZE)
    return spec


def _norm(norm: object) -> None:
    norm.gamma, norm.beta = np.ones(SIZE, np.float32), np.zeros(SIZE, np.float32)


def _linear(linear: object, out: int, width: int) -> None:
    linear.weight, linear.bias = np.zeros((out, width), np.float32), np.zeros(out, np.float32)

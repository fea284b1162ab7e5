"""A like Transformer in CTranslate2: as wide and deep as the ring, each layer with its own weights, all random. For each
line it reads, it translates the same sentences greedily, exactly LENGTH tokens each, and answers with an empty line.
Usage: ctranslate.py DIM ROWS LENGTH TYPE THREADS      TYPE: float32 or int8"""
import sys
import tempfile

import ctranslate2
import numpy as np
from ctranslate2.specs import Activation, TransformerSpec

dim, rows, length = (int(word) for word in sys.argv[1:4])
kind, threads = sys.argv[4], int(sys.argv[5])
LAYERS, HEADS, VOCAB = 6, 8, 8000
random = np.random.default_rng(1)


def matrix(*shape):
    return (random.standard_normal(shape) * shape[-1] ** -0.5).astype(np.float32)


def fill(linear, outputs, inputs):
    linear.weight, linear.bias = matrix(outputs, inputs), np.zeros(outputs, np.float32)


def fill_norm(norm):
    norm.gamma, norm.beta = np.ones(dim, np.float32), np.zeros(dim, np.float32)


def fill_layers(side, cross):
    for layer in side.layer:
        fill(layer.self_attention.linear[0], 3 * dim, dim)
        fill(layer.self_attention.linear[1], dim, dim)
        fill_norm(layer.self_attention.layer_norm)
        if cross:
            fill(layer.attention.linear[0], dim, dim)
            fill(layer.attention.linear[1], 2 * dim, dim)
            fill(layer.attention.linear[2], dim, dim)
            fill_norm(layer.attention.layer_norm)
        fill(layer.ffn.linear_0, 4 * dim, dim)
        fill(layer.ffn.linear_1, dim, 4 * dim)
        fill_norm(layer.ffn.layer_norm)


spec = TransformerSpec.from_config(LAYERS, HEADS, pre_norm=False, activation=Activation.GELU)
positions = np.arange(512)[:, None] / 10000 ** (np.arange(0, dim, 2) / dim)
table = np.stack([np.sin(positions), np.cos(positions)], -1).reshape(512, dim).astype(np.float32)
for side, embeddings in ((spec.encoder, spec.encoder.embeddings[0]), (spec.decoder, spec.decoder.embeddings)):
    embeddings.weight = matrix(VOCAB, dim)
    side.position_encodings.encodings = table
    fill_layers(side, side is spec.decoder)
fill(spec.decoder.projection, VOCAB, dim)
words = ["<blank>", "<s>", "</s>", "<unk>"] + [f"w{i}" for i in range(4, VOCAB)]
spec.register_source_vocabulary(words)
spec.register_target_vocabulary(words)
spec.config.add_source_eos = False
spec.validate()
spec.optimize(quantization=None if kind == "float32" else kind)

with tempfile.TemporaryDirectory() as folder:
    spec.save(folder)
    translator = ctranslate2.Translator(folder, compute_type=kind, intra_threads=threads, inter_threads=1)
sentences = [[words[random.integers(4, VOCAB)] for _ in range(length)] for _ in range(rows)]
for _ in sys.stdin:
    found = translator.translate_batch(sentences, beam_size=1, min_decoding_length=length, max_decoding_length=length)
    assert all(len(one.hypotheses[0]) == length for one in found)
    print(flush=True)

"""Writes two checkpoints of TinyLlama's shape: 1.1 billion parameters in bf16, 2.2 GB each.

    python Benchmarks/tinyllama_pair.py FOLDER [--kind noise|lora] [--rank 16] [--layers 22] [--copies 1]

FOLDER/base and FOLDER/other hold a config.json and a model.safetensors with the 201 tensors of a LLaMA. In the other every fifth
tensor is the same. `noise`: the rest moved by a small normal step. `lora`: matrices of the layers moved by a true product of two
factors of the given rank, merged in bf16, and nothing else. `--copies` repeats the layers, for a pair that is larger than memory.
Nothing is written where the files are there. Needs numpy.
"""

import argparse
import json
from pathlib import Path

import numpy as np

WIDTH, INNER, KEYS, VOCABULARY = 2048, 5632, 256, 32000
CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": WIDTH, "intermediate_size": INNER,
    "num_attention_heads": 32, "num_key_value_heads": 4, "vocab_size": VOCABULARY, "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0, "max_position_embeddings": 2048, "hidden_act": "silu", "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}  # fmt: skip


def tensors(layer_count):
    """Names and shapes, in the order of the model."""
    yield "model.embed_tokens.weight", (VOCABULARY, WIDTH)
    for layer in range(layer_count):
        start = f"model.layers.{layer}."
        yield start + "input_layernorm.weight", (WIDTH,)
        yield start + "self_attn.q_proj.weight", (WIDTH, WIDTH)
        yield start + "self_attn.k_proj.weight", (KEYS, WIDTH)
        yield start + "self_attn.v_proj.weight", (KEYS, WIDTH)
        yield start + "self_attn.o_proj.weight", (WIDTH, WIDTH)
        yield start + "post_attention_layernorm.weight", (WIDTH,)
        yield start + "mlp.gate_proj.weight", (INNER, WIDTH)
        yield start + "mlp.up_proj.weight", (INNER, WIDTH)
        yield start + "mlp.down_proj.weight", (WIDTH, INNER)
    yield "model.norm.weight", (WIDTH,)
    yield "lm_head.weight", (VOCABULARY, WIDTH)


def bf16(values):
    """The bits of float32 values rounded to bf16, ties to even."""
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def step(kind, rank, name, shape, generator):
    """What the other checkpoint adds to a tensor; None for nothing."""
    if kind == "noise":
        return generator.standard_normal(shape, np.float32) * np.float32(0.0005)
    if len(shape) < 2 or ".layers." not in name:
        return None
    down = generator.standard_normal((rank, shape[1]), np.float32) * np.float32(shape[1] ** -0.5)
    up = generator.standard_normal((shape[0], rank), np.float32) * np.float32(0.02)
    return up @ down


def start_file(folder, entries, layer_count):
    """A checkpoint's file with its header written."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | {"num_hidden_layers": layer_count}, indent=2))
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in entries:
        begin, end = end, end + 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file = open(folder / "model.safetensors.part", "wb")
    file.write(len(text).to_bytes(8, "little") + text)
    return file


def make_pair(folder, kind="noise", rank=16, layer_count=22):
    """The paths of the two files, which are written unless they are there."""
    paths = [folder / side / "model.safetensors" for side in ("base", "other")]
    if all(path.exists() for path in paths):
        return paths
    entries = list(tensors(layer_count))
    generator = np.random.Generator(np.random.SFC64(1))
    files = [start_file(path.parent, entries, layer_count) for path in paths]
    for number, (name, shape) in enumerate(entries):
        values = generator.standard_normal(shape, np.float32)
        values = values * np.float32(0.02) if len(shape) > 1 else 1 + values * np.float32(0.1)
        stored = bf16(values)
        moved = None if number % 5 == 0 else step(kind, rank, name, shape, generator)
        widened = (stored.astype(np.uint32) << 16).view(np.float32)
        files[0].write(stored.tobytes())
        files[1].write((stored if moved is None else bf16(widened + moved)).tobytes())
    for file, path in zip(files, paths):
        file.close()
        Path(file.name).rename(path)
    return paths


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kind", choices=["noise", "lora"], default="noise")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--layers", type=int, default=22)
    parser.add_argument("--copies", type=int, default=1)
    options = parser.parse_args()
    for path in make_pair(options.folder, options.kind, options.rank, options.layers * options.copies):
        print(path, path.stat().st_size)

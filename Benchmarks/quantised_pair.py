"""Writes the base of a pair of `tinyllama_pair.py` as GGUF, quantised.

    python Benchmarks/quantised_pair.py FOLDER [--type Q8_0|Q4_K]

Reads FOLDER/base/model.safetensors and writes FOLDER/base.q8_0.gguf: matrices quantised, norms in F32, rows of queries and keys in
the order of llama.cpp's converter. Q8_0 is gguf-py's; Q4_K takes the extremes of each 32 values for their scale and minimum, without
a search for better ones. Needs numpy and gguf.
"""

import argparse
import json
from pathlib import Path

import gguf
import numpy as np

PLACES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}  # fmt: skip
OUTSIDE = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def gguf_name(name):
    """What GGUF calls a tensor."""
    stem = name.removesuffix(".weight")
    if stem in OUTSIDE:
        return OUTSIDE[stem] + ".weight"
    _, _, layer, place = stem.split(".", 3)
    return f"blk.{layer}.{PLACES[place]}.weight"


def permuted(values, head_count):
    """Rows of each head, its two halves interleaved."""
    rows, columns = values.shape
    return values.reshape(head_count, 2, rows // head_count // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def q4_k(values):
    """Blocks of 256 values: f16 d and dmin, 8 scales and minima of 6 bits, 4 bits a value."""
    blocks = values.reshape(-1, 8, 32)
    low = np.minimum(blocks.min(2), 0)
    scale = (blocks.max(2) - low) / 15
    d = (scale.max(1) / 63).astype(np.float16)
    dmin = (-low.min(1) / 63).astype(np.float16)
    wide, wide_min = d.astype(np.float32)[:, None], dmin.astype(np.float32)[:, None]
    sc = np.where(wide > 0, np.rint(scale / np.where(wide > 0, wide, 1)), 0).clip(0, 63).astype(np.uint8)
    mn = np.where(wide_min > 0, np.rint(-low / np.where(wide_min > 0, wide_min, 1)), 0).clip(0, 63).astype(np.uint8)
    step = (wide * sc)[:, :, None]
    q = np.where(step > 0, np.rint((blocks + (wide_min * mn)[:, :, None]) / np.where(step > 0, step, 1)), 0)
    q = q.clip(0, 15).astype(np.uint8).reshape(-1, 4, 2, 32)
    packed = np.empty((len(blocks), 144), np.uint8)
    packed[:, 0:2], packed[:, 2:4] = d.view(np.uint8).reshape(-1, 2), dmin.view(np.uint8).reshape(-1, 2)
    packed[:, 4:8] = sc[:, :4] | (sc[:, 4:] >> 4 << 6)
    packed[:, 8:12] = mn[:, :4] | (mn[:, 4:] >> 4 << 6)
    packed[:, 12:16] = (sc[:, 4:] & 15) | (mn[:, 4:] & 15) << 4
    packed[:, 16:] = (q[:, :, 0] | q[:, :, 1] << 4).reshape(-1, 128)
    return packed.reshape(values.shape[0], -1)


def write(folder, kind):
    """Writes the file and returns its path."""
    source = folder / "base" / "model.safetensors"
    config = json.loads((folder / "base" / "config.json").read_text())
    with open(source, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    data = np.memmap(source, np.uint16, "r", offset=8 + size)
    path = folder / f"base.{kind.lower()}.gguf"
    writer = gguf.GGUFWriter(path.with_suffix(".part"), "llama", use_temp_file=True)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    for name, entry in header.items():
        begin, end = (offset // 2 for offset in entry["data_offsets"])
        values = (data[begin:end].astype(np.uint32) << 16).view(np.float32).reshape(entry["shape"])
        place = name.split(".")[-2]
        if place in heads:
            values = permuted(values, heads[place])
        if values.ndim == 1:
            writer.add_tensor(gguf_name(name), values)
        elif kind == "Q8_0":
            quantised = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(gguf_name(name), quantised, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(gguf_name(name), q4_k(values), raw_dtype=gguf.GGMLQuantizationType.Q4_K)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    path.with_suffix(".part").rename(path)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--type", choices=["Q8_0", "Q4_K"], default="Q8_0")
    options = parser.parse_args()
    written = write(options.folder, options.type)
    print(written, written.stat().st_size)

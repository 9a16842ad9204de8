"""Writes a checkpoint of mT0-base's shape: 580 million parameters in bf16, random, with a head of its own.

    python mt0_shape.py FOLDER TOKENIZER.json

TOKENIZER.json may have fewer tokens than the model (T5's has 32,100 of 250,112). Needs torch and safetensors.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

WIDTH, INNER, HEADS, HEAD_WIDTH, LAYERS, VOCABULARY = 768, 2048, 12, 64, 12, 250112
CONFIG = {
    "architectures": ["MT5ForConditionalGeneration"], "model_type": "mt5", "d_model": WIDTH, "d_ff": INNER, "num_heads": HEADS,
    "d_kv": HEAD_WIDTH, "num_layers": LAYERS, "num_decoder_layers": LAYERS, "vocab_size": VOCABULARY, "is_encoder_decoder": True,
    "feed_forward_proj": "gated-gelu", "layer_norm_epsilon": 1e-6, "relative_attention_num_buckets": 32,
    "relative_attention_max_distance": 128, "tie_word_embeddings": False, "pad_token_id": 0, "eos_token_id": 1,
    "decoder_start_token_id": 0, "torch_dtype": "bfloat16",
}  # fmt: skip
TOKENIZER = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>",
             "model_max_length": 1024}  # fmt: skip


def attention(start, kind):
    """Names, shapes and spreads of an attention; its scores are not scaled, so queries are small."""
    inner = HEADS * HEAD_WIDTH
    yield f"{start}.{kind}.q.weight", (inner, WIDTH), (WIDTH * HEAD_WIDTH) ** -0.5
    yield f"{start}.{kind}.k.weight", (inner, WIDTH), WIDTH**-0.5
    yield f"{start}.{kind}.v.weight", (inner, WIDTH), WIDTH**-0.5
    yield f"{start}.{kind}.o.weight", (WIDTH, inner), inner**-0.5


def entries():
    """Names, shapes and spreads of all tensors; the spread of a norm is 0."""
    yield "shared.weight", (VOCABULARY, WIDTH), 1.0
    yield "lm_head.weight", (VOCABULARY, WIDTH), WIDTH**-0.5
    for stack in ("encoder", "decoder"):
        kinds = ["SelfAttention"] + ["EncDecAttention"] * (stack == "decoder")
        for layer in range(LAYERS):
            for place, kind in enumerate(kinds):
                start = f"{stack}.block.{layer}.layer.{place}"
                yield from attention(start, kind)
                yield f"{start}.layer_norm.weight", (WIDTH,), 0.0
            start = f"{stack}.block.{layer}.layer.{len(kinds)}"
            yield f"{start}.DenseReluDense.wi_0.weight", (INNER, WIDTH), WIDTH**-0.5
            yield f"{start}.DenseReluDense.wi_1.weight", (INNER, WIDTH), WIDTH**-0.5
            yield f"{start}.DenseReluDense.wo.weight", (WIDTH, INNER), INNER**-0.5
            yield f"{start}.layer_norm.weight", (WIDTH,), 0.0
        yield f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight", (32, HEADS), WIDTH**-0.5
        yield f"{stack}.final_layer_norm.weight", (WIDTH,), 0.0


def main(arguments):
    """Writes the folder."""
    arguments.folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(1)
    tensors = {
        name: (torch.randn(shape, generator=generator) * spread if spread else torch.ones(shape)).bfloat16()
        for name, shape, spread in entries()
    }
    save_file(tensors, arguments.folder / "model.safetensors", metadata={"format": "pt"})
    (arguments.folder / "config.json").write_text(json.dumps(CONFIG, indent=2))
    (arguments.folder / "tokenizer_config.json").write_text(json.dumps(TOKENIZER, indent=2))
    shutil.copyfile(arguments.tokenizer, arguments.folder / "tokenizer.json")
    print(arguments.folder, sum(tensor.numel() for tensor in tensors.values()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tokenizer", type=Path)
    main(parser.parse_args())

"""How the time of `lethe probe` grows with items and with layers, and what an item costs beside its model.

    python probe_linear.py LETHE [--counts 100,1000,10000] [--layers 2,4,8,16] [--runs 3]

Items are sums of two numbers with four choices, no two the same. Items grow on the base of the example series and on a model of
one layer of width 16, on which nearly all time is overhead: reading, templates, tokens, planning, scores, results. Layers grow on
models of width 256 with the middle one of the counts of items. Both are random. Prints medians of whole processes, and what one
more item or layer takes.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
from benchmark_tasks import sums, write_tasks
from safetensors.numpy import save_file
from side_by_side import medians, program, take_turns, timed_probe

BASE = Path(__file__).resolve().parents[2] / "fixtures" / "series" / "llama" / "base"


def write_model(folder, width, layers):
    """A random LLaMA with the tokenizer of the example series."""
    config = json.loads((BASE / "config.json").read_text())
    heads = max(1, width // 64)
    config |= {"hidden_size": width, "intermediate_size": width, "head_dim": width // heads, "num_attention_heads": heads,
               "num_key_value_heads": heads, "num_hidden_layers": layers, "dtype": "float32"}  # fmt: skip
    folder.mkdir()
    for path in BASE.glob("tokenizer*"):
        shutil.copy(path, folder)
    (folder / "config.json").write_text(json.dumps(config))
    matrices = [f"self_attn.{name}_proj" for name in "qkvo"] + [f"mlp.{name}_proj" for name in ("gate", "up", "down")]
    shapes = {name: (config["vocab_size"], width) for name in ("model.embed_tokens", "lm_head")} | {"model.norm": (width,)}
    for layer in range(layers):
        shapes |= {f"model.layers.{layer}.{name}": (width, width) for name in matrices}
        shapes |= {f"model.layers.{layer}.{name}": (width,) for name in ("input_layernorm", "post_attention_layernorm")}
    generator = np.random.default_rng(1)
    tensors = {f"{name}.weight": generator.standard_normal(shape, np.float32) / 10 for name, shape in shapes.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def grow(name, unit, measures, runs):
    """Prints seconds by size, and what one more takes between sizes."""
    seconds = medians(take_turns(measures, runs))
    sizes = list(seconds)
    for size in sizes:
        print(f"{name}: {size:6} {unit}s {seconds[size]:8.3f} s")
    for low, high in zip(sizes, sizes[1:]):
        print(f"{name}: from {low} to {high}: {(seconds[high] - seconds[low]) / (high - low) * 1e6:.1f} µs for each {unit}")


def main(arguments):
    """Lets items grow, then layers."""
    counts = [int(count) for count in arguments.counts.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        names = [write_tasks(folder / str(count), [sums("sums", count)]) for count in counts][0]

        def probe(checkpoint, count):
            return lambda: timed_probe(arguments.lethe, checkpoint, folder / str(count), names)

        tiny = write_model(folder / "tiny", 16, 1)
        for name, checkpoint in (("example series", BASE), ("one layer of width 16", tiny)):
            grow(name, "item", {count: probe(checkpoint, count) for count in counts}, arguments.runs)
        models = {int(layers): write_model(folder / f"layers{layers}", 256, int(layers)) for layers in arguments.layers.split(",")}
        middle = counts[len(counts) // 2]
        grow("width 256", "layer", {layers: probe(model, middle) for layers, model in models.items()}, arguments.runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe", type=program)
    parser.add_argument("--counts", default="100,1000,10000")
    parser.add_argument("--layers", default="2,4,8,16")
    parser.add_argument("--runs", type=int, default=3)
    main(parser.parse_args())

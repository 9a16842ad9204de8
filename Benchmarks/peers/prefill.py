"""Side by side: prefill of 512 tokens by Lethe, llama.cpp and transformers.

    python prefill.py LETHE [--checkpoint FOLDER] [--gguf FILE...] [--bench llama-bench] [--runs 3]

The checkpoint (`Benchmarks/tinyllama_pair.py` writes one) is measured with `lethe bench` as it comes and in f32, and with
transformers in bf16 and f32 (1 x 512, logits of the last position alone), beside torch's product of the same shapes; every GGUF
file with `lethe bench` and llama-bench (`Benchmarks/quantised_types.py` writes one of every type). Programs take turns; what is
printed is tokens a second, medians, and ratios. Needs torch and transformers for the first, llama-bench for the second.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

from side_by_side import in_process, medians, program, read_once, run, take_turns

TOKENS = 512
TOLD = {"numerics", "kernels", "gflops", "peak_gflops", "share_of_peak", "peak_memory_byte_count", "decode_tokens_per_second"}


def lethe_rate(lethe, checkpoint, *options):
    """Tokens a second by Lethe; says the rest of what it measured."""
    found = json.loads(run([lethe, "bench", checkpoint, "--format", "json", "--quiet", *options])[1])
    print("  " + ", ".join(f"{key} {value}" for key, value in found.items() if key in TOLD))
    return found["prefill_tokens_per_second"]


def llama_rate(program, path, threads):
    """Tokens a second by llama.cpp, after a run to warm up."""
    output = run([program, "-m", path, "-p", TOKENS, "-n", 0, "-t", threads, "-r", 1, "-o", "json"])[1]
    return json.loads(output)[0]["avg_ts"]


def transformers_rate(folder, dtype, repeats):
    """Tokens a second by transformers, median of some passes after one to warm up."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
    ids = torch.randint(0, model.config.vocab_size, (1, TOKENS), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        times = timed(lambda: model(input_ids=ids, logits_to_keep=1), repeats)
    return TOKENS / statistics.median(times)


def torch_product(dtype, shapes, repeats):
    """GFLOP/s of torch's product for shapes (rows, depth, columns), median of each."""
    import torch

    rates = []
    with torch.inference_mode():
        for rows, depth, columns in shapes:
            inputs, weights = (torch.randn(n, depth).to(getattr(torch, dtype)) for n in (rows, columns))
            times = timed(lambda: torch.nn.functional.linear(inputs, weights), repeats)
            rates.append(2e-9 * rows * depth * columns / statistics.median(times))
    return rates


def timed(action, repeats):
    """Seconds of an action, after one call to warm up."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return times[1:]


def print_ratios(rates, pairs):
    """A table of rates and of Lethe's over the peer's."""
    for ours, theirs in pairs:
        print(f"{ours:34} {rates[ours]:8.1f}   {theirs:34} {rates[theirs]:8.1f}   ratio {rates[ours] / rates[theirs]:.2f}")


def compare_checkpoint(arguments):
    """Lethe and transformers on the checkpoint, and torch's products."""
    folder = str(arguments.checkpoint)
    read_once([arguments.checkpoint])
    rates = medians(take_turns({
        "lethe": lambda: lethe_rate(arguments.lethe, folder),
        "transformers bfloat16": lambda: in_process(transformers_rate, folder, "bfloat16", 5),
        "lethe --numerics f32": lambda: lethe_rate(arguments.lethe, folder, "--numerics", "f32"),
        "transformers float32": lambda: in_process(transformers_rate, folder, "float32", 3),
    }, arguments.runs))  # fmt: skip
    print_ratios(rates, [("lethe", "transformers bfloat16"), ("lethe --numerics f32", "transformers float32")])
    shapes = [(512, 2048, 2048), (512, 2048, 5632), (512, 5632, 2048), (2048, 2048, 2048)]
    for dtype in ("bfloat16", "float32"):
        for shape, rate in zip(shapes, in_process(torch_product, dtype, shapes, 9)):
            print(f"torch product {dtype} {' x '.join(map(str, shape))}: {rate:.0f} GFLOP/s")


def compare_files(arguments):
    """Lethe and llama.cpp on every file."""
    for path in arguments.gguf:
        read_once([path])
        ours, theirs = f"lethe {path.name}", f"llama.cpp {path.name}"
        rates = medians(take_turns({
            ours: lambda: lethe_rate(arguments.lethe, path),
            theirs: lambda: llama_rate(arguments.bench, path, arguments.threads),
        }, arguments.runs))  # fmt: skip
        print_ratios(rates, [(ours, theirs)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe", type=program)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--gguf", type=Path, nargs="+", default=[])
    parser.add_argument("--bench", type=program, default="llama-bench")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    if options.checkpoint:
        compare_checkpoint(options)
    compare_files(options)

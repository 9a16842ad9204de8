"""Times `lethe diff --spectrum K` against LAPACK's SVD (scipy, sgesdd, values only) on the same files, and compares the values.

Makes pairs of bf16 checkpoints of some TinyLlama layers (2048 wide, 5632 between, 4 key-value heads): `noise`, a full update, and
`lowrank`, a product of rank 16 merged and rounded. LAPACK gets the decoded differences in memory, so that its time is that of the SVD
alone; Lethe's time is the whole process, reading and default metrics included. LAPACK's time for the whole model is extrapolated: 22 times
a layer, and with `--embeddings` twice the embedding.

    python Benchmarks/peers/spectrum_lapack.py .build/release/lethe --layers 1 [--embeddings] [--pairs noise,lowrank]
    python Benchmarks/peers/spectrum_lapack.py .build/release/lethe --folder FOLDER

The second takes a whole pair as `Benchmarks/tinyllama_pair.py` writes it; LAPACK needs about two minutes for it.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.pop("OPENBLAS_CORETYPE", None)  # Each library takes the kernels that it thinks best.

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from scipy.linalg import svdvals
from threadpoolctl import threadpool_info

HIDDEN, MIDDLE, KEYS, VOCABULARY, RANK = 2048, 5632, 256, 32000, 16
LAYER = {"self_attn.q_proj": (HIDDEN, HIDDEN), "self_attn.k_proj": (KEYS, HIDDEN), "self_attn.v_proj": (KEYS, HIDDEN),
         "self_attn.o_proj": (HIDDEN, HIDDEN), "mlp.gate_proj": (MIDDLE, HIDDEN), "mlp.up_proj": (MIDDLE, HIDDEN), "mlp.down_proj": (HIDDEN, MIDDLE)}


def shapes(layers, embeddings):
    """The matrices of some layers by name."""
    found = {f"model.layers.{i}.{name}.weight": shape for i in range(layers) for name, shape in LAYER.items()}
    if embeddings:
        found["model.embed_tokens.weight"] = (VOCABULARY, HIDDEN)
    return found


def update(kind, shape, generator):
    """What is added to a matrix."""
    if kind == "noise":
        return torch.randn(shape, generator=generator) * 1e-3
    left = torch.randn(shape[0], RANK, generator=generator)
    return left @ torch.randn(RANK, shape[1], generator=generator) * (1e-3 / RANK**0.5)


def make(folder, kind, layers, embeddings):
    """Writes a base and its tuned copy."""
    generator = torch.Generator().manual_seed(0)
    base = {n: (torch.randn(s, generator=generator) * 0.02).bfloat16() for n, s in shapes(layers, embeddings).items()}
    tuned = {n: (w.float() + update(kind, w.shape, generator)).bfloat16() for n, w in base.items()}
    for name, tensors in (("base", base), (kind, tuned)):
        (folder / name).mkdir(exist_ok=True)
        save_file(tensors, folder / name / "model.safetensors")


def lapack(folder, kind):
    """Singular values and seconds of each matrix's difference; of none where both are the same."""
    base, tuned = (load_file(folder / name / "model.safetensors") for name in ("base", kind))
    values, seconds = {}, {}
    for name in base:
        if base[name].dim() < 2 or torch.equal(base[name], tuned[name]):
            continue
        delta = tuned[name].float().numpy() - base[name].float().numpy()
        start = time.perf_counter()
        values[name] = svdvals(delta, overwrite_a=True, check_finite=False)
        seconds[name] = time.perf_counter() - start
    return values, seconds


def lethe(program, folder, kind, count, repeats):
    """The singular values by Lethe, and the fastest run's seconds."""
    command = [program, "diff", str(folder / "base"), str(folder / kind), "--spectrum", str(count), "--format", "json", "--quiet"]
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        output = subprocess.run(command, check=True, capture_output=True).stdout
        best = min(best, time.perf_counter() - start)
    return {t["base_name"]: t["spectrum"] for t in json.loads(output)["tensors"] if t.get("spectrum", {}).get("singular_values")}, best


def report(kind, spectra, elapsed, values, seconds):
    """Prints the ratio and the largest error."""
    errors = {n: float(np.max(np.abs(np.array(s["singular_values"]) / values[n][: len(s["singular_values"])] - 1))) for n, s in spectra.items()}
    bounds = max(s["error_bound"] for s in spectra.values())
    worst = max(errors, key=errors.get)
    total = sum(seconds.values())
    print(f"{kind}: lethe {elapsed:.2f} s, LAPACK {total:.2f} s, ratio {total / elapsed:.1f}")
    print(f"  largest relative error {errors[worst]:.1e} ({worst}), largest stated bound {bounds:.1e}")
    for name, spent in list(seconds.items())[:8]:
        print(f"  {name}: LAPACK {spent:.2f} s, {spectra[name]['method']}, error {errors[name]:.1e}, bound {spectra[name]['error_bound']:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe")
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--embeddings", action="store_true")
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--pairs", default="noise,lowrank")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    print("BLAS of scipy:", [f"{i['internal_api']} {i.get('version')} {i.get('architecture')} {i['num_threads']} threads" for i in threadpool_info()])
    if arguments.folder:
        spectra, elapsed = lethe(arguments.lethe, arguments.folder, "other", arguments.count, arguments.repeats)
        report(str(arguments.folder.name), spectra, elapsed, *lapack(arguments.folder, "other"))
        return
    for kind in arguments.pairs.split(","):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            make(folder, kind, arguments.layers, arguments.embeddings)
            values, seconds = lapack(folder, kind)
            spectra, elapsed = lethe(arguments.lethe, folder, kind, arguments.count, arguments.repeats)
            report(kind, spectra, elapsed, values, seconds)
            model = 22 / arguments.layers * sum(s for n, s in seconds.items() if "layers" in n) + 2 * seconds.get("model.embed_tokens.weight", 0)
            print(f"  LAPACK on a whole TinyLlama, extrapolated: {model:.0f} s")


if __name__ == "__main__":
    main()

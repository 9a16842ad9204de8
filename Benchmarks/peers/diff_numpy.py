"""Side by side: `lethe diff` and chunked numpy over the same pair of bf16 checkpoints.

    python diff_numpy.py LETHE FOLDER [--megabytes 200] [--runs 5]

Makes two safetensors files in FOLDER unless they are there, reads both once so that they lie in
the page cache, and prints the best time of each program. numpy widens chunks to float32 and sums
in float64 on two threads: L2 of both and of the delta, cosine, largest delta. Lethe's time is that
of the whole process, and it computes all its metrics.
"""

import argparse
import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# The chunks are the only parallelism: threads below them make numpy ten times slower.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np

ROWS, COLUMNS = 4096, 1024
CHUNK = 1 << 18


def make_pair(folder, megabytes):
    """Writes base.safetensors and other.safetensors, other a small step from base."""
    paths = [folder / "base.safetensors", folder / "other.safetensors"]
    if all(path.exists() for path in paths):
        return paths
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(1)
    count = max(1, round(megabytes * 1e6 / (2 * ROWS * COLUMNS)))
    size = 2 * ROWS * COLUMNS
    header = {f"model.layers.{i}.mlp.up_proj.weight": {
        "dtype": "BF16", "shape": [ROWS, COLUMNS], "data_offsets": [i * size, (i + 1) * size]} for i in range(count)}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(paths[0], "wb") as base, open(paths[1], "wb") as other:
        for file in (base, other):
            file.write(len(text).to_bytes(8, "little") + text)
        for _ in range(count):
            values = generator.standard_normal(ROWS * COLUMNS, np.float32) * np.float32(0.02)
            step = generator.standard_normal(ROWS * COLUMNS, np.float32) * np.float32(0.0005)
            base.write((values.view(np.uint32) >> 16).astype(np.uint16).tobytes())
            other.write(((values + step).view(np.uint32) >> 16).astype(np.uint16).tobytes())
    return paths


def elements(path):
    """All stored bf16 values of a file, mapped."""
    with open(path, "rb") as file:
        start = 8 + int.from_bytes(file.read(8), "little")
    return np.memmap(path, np.uint16, "r", offset=start)


def widened(halves):
    """bf16 bits as float32."""
    return (halves.astype(np.uint32) << 16).view(np.float32)


def chunk_sums(base, other):
    """The sums of one chunk."""
    b, o = widened(base), widened(other)
    delta = o - b
    b, o, wide = b.astype(np.float64), o.astype(np.float64), delta.astype(np.float64)
    return b @ b, o @ o, wide @ wide, b @ o, float(np.abs(delta).max())


def run_numpy(paths):
    """The metrics of the pair, on two threads."""
    base, other = map(elements, paths)
    with ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(lambda i: chunk_sums(base[i:i + CHUNK], other[i:i + CHUNK]), range(0, len(base), CHUNK)))
    b, o, d, p = (sum(part[k] for part in parts) for k in range(4))
    return {"l2_delta": float(np.sqrt(d)), "cosine": float(p / np.sqrt(b * o)), "max_abs": max(part[4] for part in parts)}


def run_lethe(lethe, paths):
    """The totals that lethe gives."""
    command = [lethe, "diff", *map(str, paths), "--format", "json", "--threads", "2", "--quiet"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["total"]


def best(runs, body):
    """The shortest of several runs in seconds, and the last result."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = body()
        times.append(time.perf_counter() - start)
    return min(times), result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=float, default=200)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    pair = make_pair(arguments.folder, arguments.megabytes)
    volume = sum(path.stat().st_size for path in pair) / 1e9
    for path in pair:
        path.read_bytes()
    numpy_seconds, numpy_result = best(arguments.runs, lambda: run_numpy(pair))
    lethe_seconds, lethe_result = best(arguments.runs, lambda: run_lethe(arguments.lethe, pair))
    for key, value in numpy_result.items():
        assert abs(lethe_result[key] - value) <= 1e-5 * abs(value), (key, lethe_result[key], value)
    print(f"numpy {numpy_seconds:.3f} s ({volume / numpy_seconds:.2f} GB/s), lethe {lethe_seconds:.3f} s "
          f"({volume / lethe_seconds:.2f} GB/s): {numpy_seconds / lethe_seconds:.1f} times as fast")

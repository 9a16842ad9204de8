"""Side by side: `lethe diff`, a C program that maps both files and xors every byte, numpy and torch.

    python diff_xor.py LETHE FOLDER [--runs 5] [--threads 2] [--peers xor,numpy,torch] [--options "--quantiles"]

FOLDER holds a pair as `Benchmarks/tinyllama_pair.py` writes it. Both files are read once so that they lie in the page cache, then
the programs take turns. Prints the median time of whole processes, what it is beside the C program, and the peak of anonymous
memory (pages of mapped files do not count). numpy and torch compute four metrics: the L2 of base, other and delta with the cosine,
and the largest delta; of their times, that of the imports is told apart. numpy widens chunks to float32 and sums in float64 on two
threads; torch does it tensor by tensor, whole or in chunks.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

XOR = r"""
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { PIECE = 2 << 20 };
static const char *starts[2];
static size_t byte_count;
static atomic_size_t next_piece;
static _Atomic uint64_t result;

static uint64_t xor_words(const char *bytes, size_t count) {
  const uint64_t *words = (const uint64_t *)bytes;
  uint64_t sum = 0;
  for (size_t i = 0; i < count / sizeof *words; ++i) sum ^= words[i];
  for (size_t i = count / sizeof *words * sizeof *words; i < count; ++i) sum ^= (unsigned char)bytes[i];
  return sum;
}

static void *work(void *unused) {
  (void)unused;
  uint64_t sum = 0;
  for (;;) {
    size_t start = atomic_fetch_add(&next_piece, 1) * PIECE;
    if (start >= byte_count) break;
    size_t count = byte_count - start < PIECE ? byte_count - start : PIECE;
    sum ^= xor_words(starts[0] + start, count) ^ xor_words(starts[1] + start, count);
  }
  atomic_fetch_xor(&result, sum);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 4) return 64;
  int thread_count = atoi(argv[3]);
  pthread_t threads[256];
  if (thread_count < 1 || thread_count > 256) return 64;
  for (int i = 0; i < 2; ++i) {
    int descriptor = open(argv[1 + i], O_RDONLY);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) return 2;
    byte_count = (size_t)status.st_size;
    starts[i] = mmap(NULL, byte_count, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (starts[i] == MAP_FAILED) return 2;
  }
  for (int i = 0; i < thread_count; ++i) pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < thread_count; ++i) pthread_join(threads[i], NULL);
  printf("%016llx\n", (unsigned long long)result);
}
"""


# What the peers compute, each in a process of its own.


def elements(path):
    """All stored bf16 values of a file, mapped."""
    import numpy as np

    with open(path, "rb") as file:
        start = 8 + int.from_bytes(file.read(8), "little")
    return np.memmap(path, np.uint16, "r", offset=start)


def numpy_metrics(paths, thread_count, chunk):
    """The metrics of the pair in chunks."""
    import numpy as np
    from concurrent.futures import ThreadPoolExecutor

    base, other = map(elements, paths)

    def sums(start):
        b = (base[start:start + chunk].astype(np.uint32) << 16).view(np.float32)
        o = (other[start:start + chunk].astype(np.uint32) << 16).view(np.float32)
        d = o - b
        largest = float(max(d.max(), -d.min()))
        b, o, d = b.astype(np.float64), o.astype(np.float64), d.astype(np.float64)
        return b @ b, o @ o, d @ d, b @ o, largest

    with ThreadPoolExecutor(thread_count) as pool:
        parts = list(pool.map(sums, range(0, len(base), chunk)))
    totals = [sum(part[k] for part in parts) for k in range(4)]
    return totals, max(part[4] for part in parts)


def torch_metrics(paths, thread_count, chunk):
    """The metrics of the pair, tensor by tensor; in chunks unless `chunk` is 0."""
    import torch
    from safetensors import safe_open

    torch.set_num_threads(thread_count)
    totals, largest = torch.zeros(4, dtype=torch.float64), 0.0
    with safe_open(paths[0], "pt") as base, safe_open(paths[1], "pt") as other:
        for name in base.keys():
            whole_b, whole_o = base.get_tensor(name).flatten(), other.get_tensor(name).flatten()
            step = chunk or len(whole_b)
            for start in range(0, len(whole_b), step):
                b, o = whole_b[start:start + step].float(), whole_o[start:start + step].float()
                d = o - b
                totals += torch.stack([torch.dot(x, y) for x, y in [(b, b), (o, o), (d, d), (b, o)]]).double()
                largest = max(largest, float(d.abs().max()))
    return totals.tolist(), largest


def run_peer(name, paths, thread_count, chunk):
    """One peer's metrics on standard output, with the seconds that it took without the imports."""
    if name == "numpy":
        import numpy  # noqa: F401
    else:
        import safetensors, torch  # noqa: E401, F401
    start = time.perf_counter()
    (b, o, d, p), largest = (numpy_metrics if name == "numpy" else torch_metrics)(paths, thread_count, chunk)
    print(json.dumps({
        "l2_delta": d ** 0.5, "cosine": p / (b * o) ** 0.5, "max_abs": largest,
        "seconds": time.perf_counter() - start}))  # fmt: skip


# The comparison.


def anonymous_bytes(process):
    """How much anonymous memory a process has."""
    try:
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def timed(command):
    """Seconds, output and peak anonymous memory of a process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = 0

    def watch():
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, anonymous_bytes(process))
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output = process.stdout.read()
    process.wait()
    seconds = time.perf_counter() - start
    watcher.join()
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return seconds, output, peak


def main(arguments):
    """Lets the programs take turns and prints what they took."""
    pair = [arguments.folder / side / "model.safetensors" for side in ("base", "other")]
    volume = sum(path.stat().st_size for path in pair) / 1e9
    threads = str(arguments.threads)
    peers = arguments.peers.split(",")
    # The chunks are numpy's only parallelism: threads below them make it ten times slower.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as scratch:
        source, xor = Path(scratch) / "xor.c", Path(scratch) / "xor"
        source.write_text(XOR)
        subprocess.run(["cc", "-O3", "-o", xor, source, "-lpthread"], check=True)
        commands = {
            "xor in C": [xor, *pair, threads],
            "lethe diff": [
                arguments.lethe, "diff", *(path.parent for path in pair), "--format", "json", "--threads", threads, "--quiet",
                *arguments.options.split()],
        }  # fmt: skip
        own = [sys.executable, __file__, arguments.lethe, arguments.folder, "--threads", threads]
        if "numpy" in peers:
            for chunk in (1 << 16, 1 << 18):
                commands[f"numpy, chunks of {chunk >> 10} Ki"] = [*own, "--peer", "numpy", "--chunk", str(chunk)]
        if "torch" in peers:
            commands["torch, whole tensors"] = [*own, "--peer", "torch", "--chunk", "0"]
            commands["torch, chunks of 1 Mi"] = [*own, "--peer", "torch", "--chunk", str(1 << 20)]
        for path in pair:
            with open(path, "rb") as file:
                while file.read(1 << 24):
                    pass
        results = {name: [] for name in commands}
        for _ in range(arguments.runs):
            for name, command in commands.items():
                results[name].append(timed([str(part) for part in command]))
    lethe = json.loads(results["lethe diff"][-1][1])["total"]
    unit = statistics.median(run[0] for run in results["xor in C"])
    mine = statistics.median(run[0] for run in results["lethe diff"])
    print(f"{volume:.2f} GB, {arguments.threads} threads, medians of {arguments.runs} whole processes")
    for name, runs in results.items():
        seconds = statistics.median(run[0] for run in runs)
        line = f"{name}: {seconds:.3f} s, {volume / seconds:.2f} GB/s, {seconds / unit:.2f} of xor, {seconds / mine:.2f} of lethe"
        line += f", {max(run[2] for run in runs) / 1e6:.0f} MB anonymous"
        if name.startswith(("numpy", "torch")):
            found = [json.loads(run[1]) for run in runs]
            inside = statistics.median(one["seconds"] for one in found)
            line += f"; without imports {inside:.3f} s, {inside / mine:.2f} of lethe"
            # torch sums in float32.
            tolerance = 1e-6 if name.startswith("numpy") else 1e-3
            for key in ("l2_delta", "cosine", "max_abs"):
                assert abs(lethe[key] - found[-1][key]) <= tolerance * abs(found[-1][key]), (name, key, lethe[key], found[-1])
        print(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", default="xor,numpy,torch")
    parser.add_argument("--options", default="", help="more options of lethe diff")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--chunk", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        files = [options.folder / side / "model.safetensors" for side in ("base", "other")]
        run_peer(options.peer, files, options.threads, options.chunk)
    else:
        main(options)

"""How fast `lethe diff` compares a quantised checkpoint with a bf16 one.

    python diff_quantised.py LETHE FOLDER [--types q8_0,q4_k] [--runs 3]

FOLDER holds a pair as `Benchmarks/tinyllama_pair.py` writes it, and its base as `Benchmarks/quantised_pair.py` quantised it. Prints
medians of whole processes on one thread and on two, and the decoded values in GB/s of f32 for each core.
"""

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path


def main(arguments):
    """Prints one line for each type and number of threads."""
    other = arguments.folder / "other"
    for kind in arguments.types.split(","):
        base = arguments.folder / f"base.{kind}.gguf"
        for path in (base, other / "model.safetensors"):
            with open(path, "rb") as file:
                while file.read(1 << 24):
                    pass
        for threads in (1, 2):
            command = [arguments.lethe, "diff", str(base), str(other), "--format", "json", "--quiet", "--threads", str(threads)]
            times = []
            for _ in range(arguments.runs):
                start = time.perf_counter()
                output = subprocess.run(command, check=True, capture_output=True).stdout
                times.append(time.perf_counter() - start)
            total = json.loads(output)["total"]
            seconds = statistics.median(times)
            rate = 4e-9 * total["element_count"] / seconds / threads
            print(f"{kind} against bf16, {threads} threads: {seconds:.3f} s, {rate:.2f} GB/s of f32 a core, "
                  f"relative L2 {total['relative_l2']:.4f}, noise floor {total['noise_floor']}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--types", default="q8_0,q4_k")
    parser.add_argument("--runs", type=int, default=3)
    main(parser.parse_args())

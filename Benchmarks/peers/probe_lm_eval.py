"""Side by side: `lethe probe` and lm-evaluation-harness on the base of the example series.

    python probe_lm_eval.py LETHE [--shots 5] [--runs 3]

Both score the group `domain_knowledge` (300 items of four choices) in float32 on all cores. The
programs take turns; what is printed is the median wall time of the whole process, start-up and
loading included, and how long lm-eval's own imports take of its time. Needs lm-eval 0.4.13.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


def seconds(command, environment):
    """The wall time of a command."""
    start = time.perf_counter()
    subprocess.run(command, cwd=FIXTURES / "tasks", env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def main():
    """Takes turns and prints medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lethe", type=Path)
    parser.add_argument("--shots", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    shots = str(arguments.shots)
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": cache}
        commands = {
            "lethe": [str(arguments.lethe.resolve()), "probe", "../series/llama/base", "--tasks", "domain_knowledge",
                      "--task-path", ".", "--num-fewshot", shots],
            "lm-eval": [sys.executable, "-m", "lm_eval", "--model", "hf", "--model_args",
                        "pretrained=../series/llama/base,dtype=float32", "--device", "cpu", "--batch_size", "16",
                        "--tasks", "domain_knowledge", "--include_path", ".", "--num_fewshot", shots],
            "lm-eval's imports": [sys.executable, "-c", "import lm_eval, lm_eval.models.huggingface"],
        }
        times = {name: [] for name in commands}
        for _ in range(arguments.runs):
            for name, command in commands.items():
                times[name].append(seconds(command, environment))
    for name, values in times.items():
        print(f"{name:18} {statistics.median(values):8.3f} s  ({', '.join(f'{v:.3f}' for v in values)})")


if __name__ == "__main__":
    main()

"""Side by side: `lethe probe` and lm-evaluation-harness on the base of the example series.

    python probe_lm_eval.py LETHE [--shots 5] [--runs 3] [--family llama]

Both score the group `domain_knowledge` (300 items of four choices) on all cores, lm-evaluation-harness in float32, Lethe as it
comes (`--numerics` sets another). The programs take turns; what is printed is the median wall time of the whole process, start-up
and loading included, and how long lm-eval's own imports take of its time. Needs lm-eval 0.4.13.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from side_by_side import medians, program, run, take_turns

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


def main(arguments):
    """Takes turns and prints medians."""
    shots, base = str(arguments.shots), f"../series/{arguments.family}/base"
    numerics = ["--numerics", arguments.numerics] if arguments.numerics else []
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "HF_DATASETS_CACHE": cache}
        commands = {
            "lethe": [arguments.lethe, "probe", base, "--tasks", "domain_knowledge",
                      "--task-path", ".", "--num-fewshot", shots, *numerics],
            "lm-eval": [sys.executable, "-m", "lm_eval", "--model", "hf", "--model_args",
                        f"pretrained={base},dtype=float32", "--device", "cpu", "--batch_size", "16",
                        "--tasks", "domain_knowledge", "--include_path", ".", "--num_fewshot", shots],
            "lm-eval's imports": [sys.executable, "-c", "import lm_eval, lm_eval.models.huggingface"],
        }  # fmt: skip
        measures = {
            name: lambda command=command: run(command, cwd=FIXTURES / "tasks", env=environment)[0]
            for name, command in commands.items()
        }
        seconds = medians(take_turns(measures, arguments.runs))
    for name, value in seconds.items():
        print(f"{name:18} {value:8.3f} s, {value / seconds['lethe']:.1f} of lethe")
    work = seconds["lm-eval"] - seconds["lm-eval's imports"]
    print(f"lm-eval without its imports: {work / seconds['lethe']:.1f} of lethe")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe", type=program)
    parser.add_argument("--shots", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--family", choices=["llama", "bloom"], default="llama")
    parser.add_argument("--numerics")
    main(parser.parse_args())

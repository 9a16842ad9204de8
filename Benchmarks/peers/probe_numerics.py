"""What bf16 and int8 inputs of products cost: other answers and differences of log-likelihoods.

    python probe_numerics.py LETHE [CHECKPOINT...] [--mmlu FOLDER] [--items 8] [--numerics f32,bf16,int8] [--no-transformers]

Every checkpoint (default: the bases of the example series) scores `domain_knowledge` of the fixtures, or with --mmlu one
subject, 0 shots, by Lethe with each of the numerics and by transformers in float32 and bfloat16 (through
lm-evaluation-harness, batch size 1). Each is set against Lethe in f32 and against transformers in float32. Needs lm-eval 0.4.13,
torch, transformers.
"""

import argparse
import tempfile
from pathlib import Path

from benchmark_tasks import mmlu, write_tasks
from evaluators import differences, lm_eval, read_samples
from side_by_side import program, timed_probe

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
BASES = [FIXTURES / "series" / family / "base" for family in ("llama", "bloom", "t5")]


def scores(arguments, checkpoint, tasks, names, folder):
    """Log-likelihoods of every evaluator by name."""
    found, limit = {}, ["--limit", arguments.items] if arguments.items else []
    for numerics in arguments.numerics.split(","):
        output = folder / numerics
        timed_probe(arguments.lethe, checkpoint, tasks, names, "--numerics", numerics, "--output-path", output, *limit)
        found[f"lethe {numerics}"] = read_samples(output)
    for dtype in () if arguments.no_transformers else ("float32", "bfloat16"):
        found[f"transformers {dtype}"] = lm_eval(checkpoint, tasks, names, dtype, 1, arguments.items)[1]
    return found


def main(arguments):
    """Prints a line for each pair."""
    for checkpoint in arguments.checkpoints or BASES:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            tasks, names = FIXTURES / "tasks", ["domain_knowledge"]
            if arguments.mmlu:
                tasks = folder / "tasks"
                names = write_tasks(tasks, mmlu(arguments.mmlu, ["business_ethics"], 0))
            found = scores(arguments, checkpoint.resolve(), tasks, names, folder)
            print(checkpoint)
            for reference in ("lethe f32", "transformers float32"):
                for name in found if reference in found else ():
                    if name != reference:
                        count, flips, mean, largest = differences(found[name], found[reference])
                        print(f"  {name:22} against {reference:22} {flips} other answers of {count}, "
                              f"difference of a log-likelihood: mean {mean:.2e}, largest {largest:.2e}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe", type=program)
    parser.add_argument("checkpoints", type=Path, nargs="*")
    parser.add_argument("--mmlu", type=Path)
    parser.add_argument("--items", type=int, help="only the first items of each task")
    parser.add_argument("--numerics", default="f32,bf16,int8")
    parser.add_argument("--no-transformers", action="store_true")
    main(parser.parse_args())

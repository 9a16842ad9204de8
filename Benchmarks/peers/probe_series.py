"""`lethe probe` of a whole series in one go beside a run for each checkpoint.

    python probe_series.py LETHE FOLDER --data FOLDER [--subjects business_ethics] [--runs 3]

FOLDER holds checkpoints stage-0, stage-1, ... as `Benchmarks/frozen_series.py` writes them: the same embedding and lower layers.
5-shot MMLU letters. Prints seconds of whole processes, the share that one run takes of all separate runs, and whether every
log-likelihood is the same.
"""

import argparse
import tempfile
from pathlib import Path

from benchmark_tasks import mmlu, write_tasks
from evaluators import read_samples
from side_by_side import medians, program, read_once, run, take_turns


def main(arguments):
    """Takes turns and compares the samples."""
    stages = sorted(arguments.folder.glob("stage-*"))
    read_once(stages)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        names = write_tasks(folder / "tasks", mmlu(arguments.data, arguments.subjects.split(","), 5, arguments.items))

        def probe(checkpoints, output):
            return run([arguments.lethe, "probe", *checkpoints, "--task-path", folder / "tasks", "--tasks", ",".join(names),
                        "--quiet", "--output-path", folder / output])[0]  # fmt: skip

        seconds = medians(take_turns({
            "together": lambda: probe(stages, "together"),
            "apart": lambda: sum(probe([stage], "apart") for stage in stages),
        }, arguments.runs))  # fmt: skip
        print(f"{len(stages)} checkpoints: together {seconds['together']:.2f} s, apart {seconds['apart']:.2f} s, "
              f"share {seconds['together'] / seconds['apart']:.3f}")
        models = sorted(path.name for path in (folder / "together").iterdir() if path.is_dir())
        scores = {side: [read_samples(folder / side / model) for model in models] for side in ("together", "apart")}
        is_same = len(models) == len(stages) and scores["together"] == scores["apart"]
        print("the same log-likelihoods" if is_same else "OTHER LOG-LIKELIHOODS")
        raise SystemExit(0 if is_same else 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe", type=program)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--subjects", default="business_ethics")
    parser.add_argument("--items", type=int, help="only the first items of each subject")
    parser.add_argument("--runs", type=int, default=3)
    main(parser.parse_args())

"""Side by side: 0-shot HellaSwag by `lethe probe`, lm-evaluation-harness and llama-perplexity, on the same items.

    python probe_hellaswag.py LETHE CHECKPOINT --data FOLDER [--gguf FILE] [--items 60]

FOLDER holds hellaswag_validation.jsonl.zst, of which items spread evenly are taken; every program scores all of them. Lethe's
time is that of the whole process, loading included; the peers' times are without loading, each with the best of some batch sizes.
Needs lm-eval 0.4.13, torch, transformers.
"""

import argparse
import tempfile
from pathlib import Path

from benchmark_tasks import hellaswag, write_hellaswag, write_tasks
from comparison import add_options, compare


def main(arguments):
    """Makes the task and compares."""
    task = hellaswag(arguments.data, arguments.items)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for part in ("all", "part"):
            names = write_tasks(folder / part, [task])
        write_hellaswag(folder / "part.bin", task)
        compare(arguments, folder, names, "--hellaswag", 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, context=512, sequences="4,32")
    parser.add_argument("--items", type=int, default=60)
    main(parser.parse_args())

"""Side by side: MMLU by `lethe probe`, lm-evaluation-harness and llama-perplexity, on the same prompts.

    python probe_mmlu.py LETHE CHECKPOINT --data FOLDER [--gguf FILE] [--subjects business_ethics] [--shots 5] [--peer-items 24]

The letters of four choices after the first shots of the subject. FOLDER holds mmlu_test.jsonl.zst and mmlu_dev.jsonl.zst. Lethe
scores every item and its time is that of the whole process, loading included. The peers' times are without loading,
lm-evaluation-harness with the best of some batch sizes; as they compute every prompt anew, they score the first items of each
subject (`--peer-items` in all), and their time is scaled by the number of prompt tokens. Without --gguf llama.cpp is left out
(encoder-decoders). Needs lm-eval 0.4.13, torch, transformers.
"""

import argparse
import tempfile
from pathlib import Path

from benchmark_tasks import mmlu, token_count, write_multiple_choice, write_tasks
from comparison import add_options, compare


def main(arguments):
    """Makes the tasks and compares."""
    subjects = arguments.subjects.split(",")
    tasks = mmlu(arguments.data, subjects, arguments.shots, arguments.items)
    limit = max(1, arguments.peer_items // len(subjects))
    counts = [token_count(arguments.checkpoint, tasks, count) for count in (None, limit)]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        names = write_tasks(folder / "all", tasks)
        write_tasks(folder / "part", tasks, limit)
        write_multiple_choice(folder / "part.bin", tasks, limit)
        compare(arguments, folder, names, "--multiple-choice", counts[0] / counts[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, context=2048, sequences="4")
    parser.add_argument("--subjects", default="business_ethics")
    parser.add_argument("--shots", type=int, default=5)
    parser.add_argument("--items", type=int, help="only the first items of each subject")
    parser.add_argument("--peer-items", type=int, default=24)
    main(parser.parse_args())

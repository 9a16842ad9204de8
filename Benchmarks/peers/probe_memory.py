"""`lethe probe` of a checkpoint three times the memory that it may have, and how much memory it takes without a limit.

    python probe_memory.py LETHE CHECKPOINT --data FOLDER [--share 0.333] [--memory 500MB] [--items 40]

5-shot MMLU letters of business_ethics. First a run without a limit; then, with the page cache of the checkpoint dropped, a run in
a control group (version 1 or 2, which needs root) that may have the given share of the checkpoint's size, pages of files among
it, with `--memory` (default: four fifths of that). Prints seconds, peak resident and anonymous memory, bytes read from disk, and
whether every log-likelihood is the same.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmark_tasks import mmlu, write_tasks
from evaluators import read_samples
from side_by_side import program, watched

sys.path.append(str(Path(__file__).resolve().parents[1]))

from memory_limited import drop_cache, make_group


def report(name, usage):
    """Prints one run."""
    print(f"{name}: {usage.seconds:.2f} s, peak resident {usage.resident / 1e6:.0f} MB, anonymous {usage.anonymous / 1e6:.0f} MB, "
          f"read {usage.read / 1e9:.2f} GB")


def limited(command, limit):
    """A run in a control group with a limit, and the most memory that the group had."""
    group, peak = make_group(limit)
    try:
        usage = watched(["sh", "-c", 'echo $$ > "$0" && exec "$@"', group / "cgroup.procs", *command])
        return usage, int(peak.read_text())
    finally:
        group.rmdir()


def main(arguments):
    """Runs without and with the limit."""
    files = [arguments.checkpoint] if arguments.checkpoint.is_file() else sorted(arguments.checkpoint.glob("*.safetensors"))
    volume = sum(path.stat().st_size for path in files)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        names = write_tasks(folder / "tasks", mmlu(arguments.data, ["business_ethics"], 5, arguments.items))
        command = [arguments.lethe, "probe", arguments.checkpoint, "--task-path", folder / "tasks", "--tasks", *names, "--quiet"]
        report("no limit", watched([*command, "--output-path", folder / "free"]))
        for path in files:
            drop_cache(path.resolve())
        limit = int(volume * arguments.share)
        budget = arguments.memory or f"{limit * 4 // 5_000_000}MB"
        usage, peak = limited([*command, "--output-path", folder / "limited", "--memory", budget], limit)
        report(f"{volume / 1e9:.2f} GB in {limit / 1e6:.0f} MB, --memory {budget} (peak of the group {peak / 1e6:.0f} MB)", usage)
        is_same = read_samples(folder / "free") == read_samples(folder / "limited") != {}
        print("the same log-likelihoods" if is_same else "OTHER LOG-LIKELIHOODS")
        raise SystemExit(0 if is_same else 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe", type=program)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--share", type=float, default=1 / 3)
    parser.add_argument("--memory")
    parser.add_argument("--items", type=int, default=40)
    main(parser.parse_args())

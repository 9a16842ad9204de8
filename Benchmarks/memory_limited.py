"""Runs `lethe diff` of a pair that is larger than the memory it may have.

    python memory_limited.py LETHE FOLDER [--megabytes 256] [--threads 2]

FOLDER holds a pair as `Benchmarks/tinyllama_pair.py` writes it. The page cache of both files is dropped first. Then lethe runs in
a control group of its own (version 1 or 2, which needs root) whose memory, pages of files among it, is limited. Prints the time, the
most memory that the group had, and whether the results are those of a run without a limit.
"""

import argparse
import os
import subprocess
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def make_group(limit):
    """A control group with a limit, and the file that tells its peak."""
    is_new = (ROOT / "cgroup.controllers").exists()
    group = (ROOT if is_new else ROOT / "memory") / f"lethe-limited-{os.getpid()}"
    group.mkdir()
    (group / ("memory.max" if is_new else "memory.limit_in_bytes")).write_text(str(limit))
    return group, group / ("memory.peak" if is_new else "memory.max_usage_in_bytes")


def drop_cache(path):
    """Makes the system forget the pages of a file."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main(arguments):
    """Runs lethe without and with the limit."""
    pair = [arguments.folder / side for side in ("base", "other")]
    command = [arguments.lethe, "diff", *map(str, pair), "--format", "json", "--quiet", "--threads", str(arguments.threads)]
    free = subprocess.run(command, check=True, capture_output=True).stdout
    for side in pair:
        drop_cache(side / "model.safetensors")
    group, peak = make_group(int(arguments.megabytes * 1e6))
    try:
        start = time.perf_counter()
        process = subprocess.Popen(
            ["sh", "-c", 'echo $$ > "$0" && exec "$@"', group / "cgroup.procs", *command], stdout=subprocess.PIPE)
        limited = process.communicate()[0]
        seconds = time.perf_counter() - start
        used = int(peak.read_text())
    finally:
        group.rmdir()
    volume = sum((side / "model.safetensors").stat().st_size for side in pair)
    print(f"{volume / 1e9:.2f} GB with {arguments.megabytes:.0f} MB of memory: exit {process.returncode}, {seconds:.2f} s, "
          f"peak {used / 1e6:.0f} MB, {'the same results' if limited == free else 'OTHER RESULTS'}")
    raise SystemExit(0 if process.returncode == 0 and limited == free else 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=float, default=256)
    parser.add_argument("--threads", type=int, default=2)
    main(parser.parse_args())

"""What the scripts of this folder share: taking turns, processes, medians."""

import multiprocessing
import os
import shutil
import statistics
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

os.environ.pop("OPENBLAS_CORETYPE", None)  # Each library takes the kernels that it thinks best.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
for name in ("HF_HUB_OFFLINE", "TQDM_DISABLE", "HF_DATASETS_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_PROGRESS_BARS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def program(text):
    """A program that is given by its path or by its name."""
    found = shutil.which(text)
    return os.path.abspath(found) if found else text


def read_once(paths):
    """Reads checkpoints, files or folders, so that they lie in the page cache."""
    for path in paths:
        for file in sorted(path.glob("*.safetensors")) if path.is_dir() else [path]:
            with open(file, "rb") as stream:
                while stream.read(1 << 24):
                    pass


def run(command, **options):
    """The wall time of a whole process and what it printed; its complaint where it fails."""
    command = [str(part) for part in command]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, **options)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return seconds, done.stdout


@dataclass
class Usage:
    """What a process took: seconds, peak bytes of resident and of anonymous memory, bytes read from disk."""

    seconds: float
    resident: int
    anonymous: int
    read: int


def watched(command):
    """Runs a process and looks at its memory a hundred times a second."""
    start, peaks = time.perf_counter(), {"VmHWM": 0, "RssAnon": 0}
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        for key, value in memory(process.pid).items():
            peaks[key] = max(peaks.get(key, 0), value)
        time.sleep(0.01)
    seconds, process.returncode = time.perf_counter() - start, os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {process.returncode}")
    return Usage(seconds, peaks["VmHWM"], peaks["RssAnon"], usage.ru_inblock * 512)


def memory(pid):
    """The kinds of memory of a process in bytes, as the system names them."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    fields = (line.split() for line in lines if line.endswith(" kB"))
    return {name.rstrip(":"): int(value) * 1024 for name, value, _ in fields}


def in_process(function, *arguments):
    """The result of a function in a process of its own, whose memory goes back with it."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def take_turns(measures, runs):
    """Lists of what the measures came to: each is taken once a round, so that all see the same machine."""
    values = {name: [] for name in measures}
    for _ in range(runs):
        for name, measure in measures.items():
            values[name].append(measure())
            print(f"  {name}: {values[name][-1]:.3f}", flush=True)
    return values


def medians(values):
    """The median of every list."""
    return {name: statistics.median(entries) for name, entries in values.items()}


def timed_probe(lethe, checkpoint, tasks, names, *options):
    """Seconds of a whole `lethe probe`, start and loading included."""
    return run([lethe, "probe", checkpoint, "--task-path", tasks, "--tasks", ",".join(names), "--quiet", *options])[0]

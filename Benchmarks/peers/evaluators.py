"""The other evaluators, timed without their loading: lm-evaluation-harness, and llama-perplexity."""

import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from side_by_side import in_process


def lm_eval(checkpoint, folder, names, dtype, batch_size, limit=None):
    """Seconds that lm-evaluation-harness takes for tasks of a folder (the first items of each), and its log-likelihoods.

    The model and the task files are loaded before the clock starts, in a process of its own.
    """
    return in_process(evaluate, str(checkpoint.resolve()), str(folder), names, dtype, batch_size, limit)


def evaluate(checkpoint, folder, names, dtype, batch_size, limit):
    """What `lm_eval` does, in this process."""
    cache = tempfile.TemporaryDirectory()
    os.environ["HF_DATASETS_CACHE"] = cache.name
    os.chdir(folder)  # Paths in task files are relative.
    import lm_eval as harness
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager, get_task_dict

    model = HFLM(pretrained=checkpoint, device="cpu", dtype=dtype, batch_size=batch_size)
    restore_head(model.model, Path(checkpoint))
    tasks = get_task_dict(names, TaskManager(include_path=folder, include_defaults=False))
    start = time.perf_counter()
    results = harness.evaluate(model, tasks, limit=limit, bootstrap_iters=0, log_samples=True)
    seconds = time.perf_counter() - start
    return seconds, {name: item_values(samples) for name, samples in results["samples"].items()}


def restore_head(model, folder):
    """Puts a T5's own head back, which lm-evaluation-harness with transformers 5 ties to the embedding."""
    import torch
    from safetensors import safe_open

    path = folder / "model.safetensors"
    if "t5" not in model.config.model_type or not path.exists():
        return
    with safe_open(path, "pt") as file:
        if "lm_head.weight" in file.keys():
            model.lm_head.weight = torch.nn.Parameter(file.get_tensor("lm_head.weight").to(model.dtype), requires_grad=False)


def item_values(samples):
    """The log-likelihoods of every choice, by item."""
    return {sample["doc_id"]: [float(value) for value, _ in sample["filtered_resps"]] for sample in samples}


def read_samples(folder):
    """The log-likelihoods of the samples files that Lethe wrote into a folder, by task and item."""
    found = {}
    for path in folder.rglob("samples_*.jsonl"):
        name = path.stem.removeprefix("samples_").rsplit("_", 1)[0]
        found[name] = item_values(json.loads(line) for line in path.read_text().split("\n") if line)
    return found


def differences(left, right):
    """How two evaluators differ where both have an item: items, other answers, mean and largest difference of a log-likelihood."""
    pairs = [(left[name][item], right[name][item]) for name in right for item in right[name] if item in left[name]]
    flips = sum(one.index(max(one)) != other.index(max(other)) for one, other in pairs)
    gaps = [abs(x - y) for one, other in pairs for x, y in zip(one, other)]
    return len(pairs), flips, statistics.fmean(gaps), max(gaps)


def llama_perplexity(program, model, mode, path, context, sequences, threads):
    """Seconds that llama-perplexity takes to score a file of items, from the end of its preparations to its last item.

    `mode` is `--hellaswag` or `--multiple-choice`; `sequences` choices are in flight, of up to `context` tokens each.
    """
    command = [program, "-m", model, "-bf", path, mode, f"{mode}-tasks", 1_000_000, "-c", context, "-b", 2048, "-ub", 512,
               "-np", sequences, "-t", threads]  # fmt: skip
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    start, end, lines = None, None, []
    for line in process.stdout:
        lines.append(line)
        if "calculating" in line:
            start = time.perf_counter()
        elif start is not None and line.partition("\t")[0].isdigit():
            end = time.perf_counter()
    if process.wait() != 0 or end is None:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {process.returncode}\n{''.join(lines[-20:])}")
    return end - start

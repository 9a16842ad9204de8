"""A sweep over all layers of a restoration beside scoring every restored model whole.

    python restoration_sweep.py LETHE BASE TUNED --task-path FOLDER --tasks A,B [--limit 100] [--whole 3] [--runs 1]

The sweep is what `lethe study` takes longer with `restore: {kinds: [layer]}` than without. A whole model is what `lethe probe` takes for
the checkpoint that `lethe restore` writes of one layer, start and loading included; `--whole` layers are measured, spread over the model,
and their mean stands for all. Prints wall and processor seconds of both, their share, the ideal (L + 1) / 2L, the ratio of the two, and
the same in layers that rows go through. One stack of layers; heads of all models are in both figures.
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from side_by_side import program, read_once

PLAN = """name: sweep
series:
  - {{name: one, base: {base}, stages: [{{name: tuned, checkpoint: {tuned}}}]}}
axes:
{axes}
task_path: {task_path}
{limit}{restore}"""


def timed(command):
    """Wall and processor seconds of a process."""
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {process.returncode}\n{complaint[-2000:]}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime


def layer_numbers(lethe, checkpoint):
    """The layers of a checkpoint."""
    found = subprocess.run([lethe, "inspect", checkpoint, "--tensors", "--format", "json"], capture_output=True, text=True, check=True)
    roles = [tensor["role"] or "" for tensor in json.loads(found.stdout)["tensors"]]
    if any(role.startswith("enc.") for role in roles):
        raise SystemExit("give a model of one stack")
    return sorted({int(match.group(1)) for role in roles if (match := re.match(r"blk\.(\d+)\.", role))})


def main(arguments):
    """Measures both and prints them."""
    layers = layer_numbers(arguments.lethe, arguments.tuned)
    read_once([arguments.base, arguments.tuned])
    tasks = arguments.tasks.split(",")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)

        def study(name, restore):
            path = folder / f"{name}.yaml"
            path.write_text(PLAN.format(
                base=arguments.base.resolve(), tuned=arguments.tuned.resolve(), task_path=arguments.task_path.resolve(),
                axes="\n".join(f"  - {{name: axis {task}, tasks: [{task}]}}" for task in tasks),
                limit=f"limit: {arguments.limit}\n" if arguments.limit else "", restore=restore))  # fmt: skip
            return timed([arguments.lethe, "study", path, "--output-path", folder / f"{name}-{time.time_ns()}", "--quiet"])

        def whole(layer):
            target = folder / f"layer-{layer}"
            if not target.exists():
                timed([arguments.lethe, "restore", arguments.base, arguments.tuned, "--layers", layer, "--output-path", target])
            limit = ["--limit", arguments.limit] if arguments.limit else []
            return timed([arguments.lethe, "probe", target, "--task-path", arguments.task_path, "--tasks", arguments.tasks, "--quiet",
                          *limit])  # fmt: skip

        count = len(layers)
        chosen = [layers[number * count // arguments.whole] for number in range(min(arguments.whole, count))]
        for _ in range(arguments.runs):
            plain, swept = study("plain", ""), study("swept", "restore: {kinds: [layer]}\n")
            wholes = [whole(layer) for layer in chosen]
            ideal = (count + 1) / (2 * count)
            for unit, place in (("wall", 0), ("processor", 1)):
                sweep = swept[place] - plain[place]
                models = sum(seconds[place] for seconds in wholes) / len(wholes) * count
                print(f"{unit}: sweep of {count} layers {sweep:.2f} s, {count} whole models {models:.2f} s, share {sweep / models:.3f}, "
                      f"ideal {ideal:.3f}, ratio {sweep / models / ideal:.3f}")
            steps = count * (count + 1) // 2 + count - 1
            print(f"layers that rows go through: {steps} of {count * count}, share {steps / count**2:.3f}, "
                  f"ratio {steps / count**2 / ideal:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lethe", type=program)
    parser.add_argument("base", type=Path)
    parser.add_argument("tuned", type=Path)
    parser.add_argument("--task-path", type=Path, required=True)
    parser.add_argument("--tasks", required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--whole", type=int, default=3)
    parser.add_argument("--runs", type=int, default=1)
    main(parser.parse_args())

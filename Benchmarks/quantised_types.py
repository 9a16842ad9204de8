"""Writes a small GGUF in every type that llama-quantize makes, for side-by-side runs.

    python quantised_types.py BF16.gguf FOLDER --quantize llama-quantize [--layers 4] [--types Q4_0,Q5_K_S]

Keeps the first layers of the model, and writes FOLDER/TYPE.gguf with every matrix in that type (`--pure`). Types that want
importance data get the same importance for every column. What is there is kept; a type that llama-quantize refuses is said and left
out. Needs numpy and gguf.
"""

import argparse
import struct
import subprocess
from pathlib import Path

import gguf
import numpy as np

TYPES = ("F32 F16 BF16 Q8_0 Q4_0 Q4_1 Q5_0 Q5_1 Q2_K Q3_K_S Q4_K_S Q5_K_S Q6_K IQ4_NL IQ4_XS IQ3_S IQ3_XXS IQ2_M IQ2_XS IQ2_XXS "
         "IQ1_M IQ1_S TQ1_0 TQ2_0 Q1_0 Q2_0 MXFP4_MOE").split()


def write_importance(path, source):
    """An importance file in llama.cpp's first format: one for every column of every matrix."""
    matrices = [tensor for tensor in gguf.GGUFReader(source).tensors if len(tensor.shape) == 2]
    with open(path, "wb") as file:
        file.write(struct.pack("<i", len(matrices)))
        for tensor in matrices:
            name, columns = tensor.name.encode(), int(tensor.shape[0])
            file.write(struct.pack("<i", len(name)) + name + struct.pack("<ii", 1, columns))
            file.write(np.ones(columns, np.float32).tobytes())


def quantise(program, source, target, kind, options=()):
    """Writes a file unless it is there; the last line of what went wrong, or None."""
    if target.exists():
        return None
    part = target.with_suffix(".part")
    command = [program, *options, str(source), str(part), kind, "2"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode != 0:
        part.unlink(missing_ok=True)
        return next((line for line in reversed(done.stdout.splitlines()) if line.strip()), f"exit {done.returncode}")
    part.rename(target)
    return None


def main(arguments):
    """Writes what is missing and says what each type came to."""
    arguments.folder.mkdir(parents=True, exist_ok=True)
    total = int(gguf.GGUFReader(arguments.source).get_field("llama.block_count").contents())
    start = arguments.folder / "layers.gguf"
    pruned = ",".join(map(str, range(arguments.layers, total)))
    fault = quantise(arguments.quantize, arguments.source, start, "COPY", ["--prune-layers", pruned] if pruned else [])
    if fault:
        raise SystemExit(f"{arguments.source}: {fault}")
    importance = arguments.folder / "importance.dat"
    write_importance(importance, start)
    for kind in arguments.types.split(","):
        target = arguments.folder / f"{kind.lower()}.gguf"
        fault = quantise(arguments.quantize, start, target, kind, ["--pure", "--imatrix", str(importance)])
        print(kind, fault or target.stat().st_size, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quantize", default="llama-quantize")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--types", default=",".join(TYPES))
    main(parser.parse_args())

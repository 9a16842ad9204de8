"""Writes a series of checkpoints of TinyLlama's width whose embedding and lower half of layers are the same.

    python frozen_series.py FOLDER TOKENIZER_FOLDER [--stages 6] [--layers 12]

FOLDER/stage-0 is random, in bf16; every further stage moves each tensor of the upper layers, the last norm and the head by a
small normal step. Each gets the tokenizer files of TOKENIZER_FOLDER. Nothing is written where a stage is there. Needs numpy.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
from tinyllama_pair import bf16, start_file, tensors


def is_frozen(name, layer_count):
    """Whether no stage moves a tensor."""
    if ".layers." in name:
        return int(name.split(".")[2]) < layer_count // 2
    return "embed_tokens" in name


def main(arguments):
    """Writes all stages tensor by tensor."""
    folders = [arguments.folder / f"stage-{stage}" for stage in range(arguments.stages)]
    if all((folder / "model.safetensors").exists() for folder in folders):
        return
    entries = list(tensors(arguments.layers))
    files = [start_file(folder, entries, arguments.layers) for folder in folders]
    generator = np.random.Generator(np.random.SFC64(2))
    for name, shape in entries:
        values = generator.standard_normal(shape, np.float32)
        values = values * np.float32(0.02) if len(shape) > 1 else 1 + values * np.float32(0.1)
        start = bf16(values)
        for stage, file in enumerate(files):
            if stage == 0 or is_frozen(name, arguments.layers):
                file.write(start.tobytes())
            else:
                file.write(bf16(values + generator.standard_normal(shape, np.float32) * np.float32(0.001)).tobytes())
    for file, folder in zip(files, folders):
        file.close()
        Path(file.name).rename(folder / "model.safetensors")
        for source in arguments.tokenizer.glob("tokenizer*"):
            shutil.copy(source, folder)
        print(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("--stages", type=int, default=6)
    parser.add_argument("--layers", type=int, default=12)
    main(parser.parse_args())

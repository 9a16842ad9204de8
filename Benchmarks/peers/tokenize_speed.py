"""Side by side: `lethe tokenize` and the tokenizers package on one text file, one core each.

    python tokenize_speed.py LETHE TOKENIZER.json TEXT [--runs 3]

Every line of the file is a text. Lethe's time is that of the whole process, which loads the tokenizer and writes ids and tokens as
JSON; that of tokenizers is loading and encoding alone, without Python's start. The ids are compared.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"


def main():
    """Takes turns and prints medians."""
    from tokenizers import Tokenizer, __version__

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lethe", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("text", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    data = arguments.text.read_bytes()
    lines = data.decode().split("\n")
    lines = [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]
    ours, peer, loading = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "ids.json"
        for _ in range(arguments.runs):
            start = time.perf_counter()
            subprocess.run(["taskset", "-c", "0", str(arguments.lethe.resolve()), "tokenize", str(arguments.tokenizer), "--file", str(arguments.text),
                            "--format", "json", "--output", str(output)], check=True)
            ours.append(time.perf_counter() - start)
            start = time.perf_counter()
            tokenizer = Tokenizer.from_file(str(arguments.tokenizer))
            loading.append(time.perf_counter() - start)
            ids = [tokenizer.encode(line).ids for line in lines]
            peer.append(time.perf_counter() - start)
        same = [entry["ids"] for entry in json.loads(output.read_text())] == ids
    megabytes = len(data) / 1e6
    print(f"{arguments.tokenizer.name}: {megabytes:.1f} MB, {len(lines)} texts, {sum(map(len, ids))} tokens, {'same ids' if same else 'OTHER IDS'}")
    for name, times in [("lethe, whole process", ours), (f"tokenizers {__version__}, loading and encoding", peer), ("  of which loading", loading)]:
        seconds = statistics.median(times)
        print(f"{name:44} {seconds:8.3f} s {megabytes / seconds:8.2f} MB/s")


if __name__ == "__main__":
    main()

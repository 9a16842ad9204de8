"""Benchmark items as task files that both Lethe and lm-evaluation-harness read, and as llama-perplexity wants them."""

import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path

import pyarrow

LETTERS = "ABCD"
TEMPLATE = """task: {name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: {test}
    dev: {dev}
output_type: multiple_choice
test_split: test
fewshot_split: dev
fewshot_config:
  sampler: first_n
num_fewshot: {shots}
doc_to_text: "{{{{query}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: answer
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1.0
"""


@dataclass
class Task:
    """One task: items with `query`, `choices` and `answer`, and the solved ones that precede each."""

    name: str
    items: list
    shots: list

    def prompt(self, item):
        """The context of an item, as both programs put it together."""
        solved = [f"{shot['query']} {shot['choices'][shot['answer']]}\n\n" for shot in self.shots]
        return "".join(solved) + item["query"]


def read_lines(path):
    """The objects of a file of JSON lines, compressed with zstd where it says so."""
    with pyarrow.input_stream(str(path), compression="zstd" if path.suffix == ".zst" else None) as stream:
        return [json.loads(line) for line in stream.read().decode().split("\n") if line]


def mmlu(folder, subjects, shots, count=None):
    """A task of letters for each subject."""
    splits = {split: read_lines(folder / f"mmlu_{split}.jsonl.zst") for split in ("dev", "test")}

    def items(split, subject):
        return [
            {
                "query": row["question"].strip() + "".join(f"\n{x}. {c}" for x, c in zip(LETTERS, row["choices"])) + "\nAnswer:",
                "choices": list(LETTERS), "answer": row["answer"],
            }
            for row in splits[split] if row["subject"] == subject
        ]  # fmt: skip

    return [Task(f"mmlu_{subject}", items("test", subject)[:count], items("dev", subject)[:shots]) for subject in subjects]


def hellaswag(folder, count):
    """One task of endings: items spread over the whole validation split, cleaned as lm-evaluation-harness does."""

    def clean(text):
        return re.sub(r"\[.*?\]", "", text.strip().replace(" [title]", ". ")).replace("  ", " ")

    rows = read_lines(folder / "hellaswag_validation.jsonl.zst")
    items = [
        {
            "query": clean(row["activity_label"] + ": " + row["ctx"]),
            "choices": [clean(ending) for ending in row["endings"]], "answer": int(row["label"]),
        }
        for row in rows[:: len(rows) // count][:count]
    ]  # fmt: skip
    return Task("hellaswag", items, [])


def sums(name, count):
    """Any number of items without data: sums of two numbers, no two items the same."""
    items = []
    for number in range(count):
        left, right = 10 + number % 173, 10 + number // 173
        wrong = [left + right + step for step in (1, 10, 11)]
        choices = wrong[: number % 4] + [left + right] + wrong[number % 4 :]
        query = f"Question: What is {left} plus {right}?\nAnswer:"
        items.append({"query": query, "choices": [str(choice) for choice in choices], "answer": number % 4})
    return Task(name, items, [])


def write_tasks(folder, tasks, limit=None):
    """Writes task files and their items (the first `limit` of each), and returns the names."""
    folder.mkdir(parents=True, exist_ok=True)
    for task in tasks:
        paths = {"test": folder / f"{task.name}.jsonl", "dev": folder / f"{task.name}_dev.jsonl"}
        for split, items in (("test", task.items[:limit]), ("dev", task.shots or task.items[:1])):
            paths[split].write_text("".join(json.dumps(item) + "\n" for item in items))
        (folder / f"{task.name}.yaml").write_text(TEMPLATE.format(name=task.name, shots=len(task.shots), **paths))
    return [task.name for task in tasks]


def write_multiple_choice(path, tasks, limit=None):
    """Writes what `llama-perplexity --multiple-choice` reads."""
    entries = []
    for task in tasks:
        for item in task.items[:limit]:
            labels = [int(index == item["answer"]) for index in range(len(item["choices"]))]
            one = b"".join(map(packed, item["choices"])) + struct.pack(f"<{len(labels)}i", *labels)
            entries.append(packed(task.prompt(item)) + struct.pack("<I", len(labels)) + one + struct.pack("<I", 0))
    start = 4 + 4 * len(entries)
    offsets = [start + sum(map(len, entries[:index])) for index in range(len(entries))]
    path.write_bytes(struct.pack(f"<I{len(entries)}I", len(entries), *offsets) + b"".join(entries))


def packed(text):
    """A string of llama-perplexity's format."""
    return struct.pack("<I", len(text.encode())) + text.encode()


def write_hellaswag(path, task):
    """Writes what `llama-perplexity --hellaswag` reads: six lines an item."""
    lines = [line for item in task.items for line in (item["query"], str(item["answer"]), *item["choices"])]
    path.write_text("\n".join(lines))


def token_count(checkpoint, tasks, limit=None):
    """Tokens of all prompts, each counted alone."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(checkpoint) / "tokenizer.json"))
    prompts = [task.prompt(item) for task in tasks for item in task.items[:limit]]
    return sum(len(encoding.ids) for encoding in tokenizer.encode_batch(prompts))

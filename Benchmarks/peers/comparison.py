"""What `probe_mmlu.py` and `probe_hellaswag.py` share: three evaluators take turns on one folder of tasks."""

from pathlib import Path

from evaluators import differences, llama_perplexity, lm_eval, read_samples
from side_by_side import medians, program, read_once, take_turns, timed_probe


def add_options(parser, context, sequences):
    """The options of both scripts."""
    parser.add_argument("lethe", type=program)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--gguf", type=Path)
    parser.add_argument("--dtype", default="bfloat16", help="of transformers")
    parser.add_argument("--batch-sizes", default="1,4,8", help="of lm-evaluation-harness")
    parser.add_argument("--perplexity", type=program, default="llama-perplexity")
    parser.add_argument("--context", type=int, default=context, help="tokens of one sequence of llama-perplexity")
    parser.add_argument("--sequences", default=sequences, help="of llama-perplexity at once")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1)


def compare(arguments, folder, names, mode, scale):
    """Times Lethe on FOLDER/all and the peers on FOLDER/part; their times are multiplied by `scale`."""
    output = folder / "results"
    scores = {}

    def harness(size):
        seconds, scores["lm-eval"] = lm_eval(arguments.checkpoint, folder / "part", names, arguments.dtype, size)
        return seconds * scale

    def llama(sequences):
        path = folder / "part.bin"
        return scale * llama_perplexity(
            arguments.perplexity, arguments.gguf, mode, path, arguments.context, sequences, arguments.threads)  # fmt: skip

    measures = {
        "lethe": lambda: timed_probe(
            arguments.lethe, arguments.checkpoint, folder / "all", names, "--threads", arguments.threads, "--output-path", output)
    }  # fmt: skip
    for size in arguments.batch_sizes.split(","):
        measures[f"lm-eval {arguments.dtype}, batch size {size}"] = lambda size=int(size): harness(size)
    for sequences in arguments.sequences.split(",") if arguments.gguf else []:
        measures[f"llama.cpp, {sequences} sequences"] = lambda sequences=int(sequences): llama(sequences)
    read_once([arguments.checkpoint, arguments.gguf] if arguments.gguf else [arguments.checkpoint])
    print(f"tasks {', '.join(names)}; peers' times multiplied by {scale:.3f}")
    seconds = medians(take_turns(measures, arguments.runs))
    for peer in ("lm-eval", "llama.cpp"):
        times = {name: value for name, value in seconds.items() if name.startswith(peer)}
        if times:
            best = min(times, key=times.get)
            print(f"lethe {seconds['lethe']:.2f} s, {best} {times[best]:.2f} s, ratio {times[best] / seconds['lethe']:.2f}")
    count, flips, mean, largest = differences(read_samples(output), scores["lm-eval"])
    print(f"beside lm-eval {arguments.dtype}: {flips} other answers of {count}, "
          f"difference of a log-likelihood: mean {mean:.2e}, largest {largest:.2e}")

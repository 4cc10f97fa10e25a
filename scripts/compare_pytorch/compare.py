"""Runs PyTorch and Wisp by turns and prints a table of the medians, in Markdown.

    compare.py --bench build/release/bin/bench [--rounds 5] [--seconds 2.5] [--out FILE]

Imports little itself: a child's peak memory as Linux counts it is at least that of the process which started it.
"""
import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

THREADS = len(os.sched_getaffinity(0))
LAYOUTS = ("contiguous", "channels_last")
PRECISIONS = ("f32", "bf16")
SIZES = (28, 64)


def torch_run(layout, command, size, precision):
    return ("torch", layout, precision, command, f"--image-size={size}", f"--precision={precision}",
            f"--layout={layout}", f"--threads={THREADS}")


def wisp_run(command, size, precision, *options, threads=THREADS):
    extra = ("--runs=1",) if command == "startup" else ()
    return ("wisp", "", precision, command, f"--image-size={size}", f"--precision={precision}",
            f"--threads={threads}", *extra, *options)


def torch_runs(command, size, *precisions):
    wanted = "first-step" if command == "startup" else command
    return [torch_run(layout, wanted, size, precision) for precision in precisions for layout in LAYOUTS]


def compared(name, unit, key, command, size, *precisions):
    """A row: what it is called, and the runs of each side, of which the better counts."""
    return name, unit, key, torch_runs(command, size, *precisions), [wisp_run(command, size, p) for p in precisions]


ROWS = [
    *(compared(f"training step {s} x {s}, {p}", "images/s", "images_per_second", "step", s, p)
      for s in SIZES for p in PRECISIONS),
    compared("sampling 64 digits", "images/s", "images_per_second_64", "sample", 28, *PRECISIONS),
    compared("sampling 1 digit", "ms", "latency_1_ms", "sample", 28, *PRECISIONS),
    *(compared(f"peak memory of training {s} x {s}, {p}", "MB", "peak_rss_mb", "step", s, p)
      for s in SIZES for p in PRECISIONS),
    compared("process start to first step, f32", "ms", "first_step_ms", "startup", 28, "f32"),
]
# Of Wisp alone: the second runs over the first.
WISP_ROWS = [
    ("oneDNN backend over native, step 28 x 28, f32", wisp_run("step", 28, "f32", "--backend=native"),
     wisp_run("step", 28, "f32", "--backend=onednn")),
    (f"{THREADS} threads over 1, step 28 x 28, f32", wisp_run("step", 28, "f32", threads=1),
     wisp_run("step", 28, "f32")),
]
LAYERS = ("wisp", "", "", "layers", "--seconds=0.1", f"--threads={THREADS}")


def stride_2_times(report, precision):
    """Milliseconds of a step's 4 x 4 convolutions with stride 2: by im2col and oneDNN, and as they run."""
    part = next((p for p in report["precisions"] if p["precision"] == precision), None)
    rows = [row for row in part["rows"] if (row["kernel"], row["stride"]) == (4, 2)] if part else []
    im2col = [row["calls"] * row["ms"] for row in rows if row["implementation"] == "onednn-im2col"]
    return (sum(im2col), sum(row["calls"] * row["ms"] for row in rows if row["chosen"])) if im2col else None


def layer_rows(reports):
    for precision in PRECISIONS:
        times = [stride_2_times(report, precision) for report in reports]
        if None not in times:
            im2col, chosen = (statistics.median(side) for side in zip(*times))
            yield (f"4 x 4 convolutions with stride 2 over oneDNN's im2col, {precision}", "ms", im2col, chosen,
                   im2col / chosen)
    steps = [report["precisions"][0] for report in reports]
    if all(step["peak_gflops"] for step in steps):
        rate, peak = (statistics.median(values) for values in
                      zip(*((step["step"]["gflops"], step["peak_gflops"]) for step in steps)))
        yield "rate of all convolutions over the peak of matrix products, f32", "GFLOP/s", peak, rate, rate / peak


def execute(run, bench, seconds):
    framework, _, _, *arguments = run
    script = pathlib.Path(__file__).with_name("torch_bench.py")
    program = [sys.executable, str(script)] if framework == "torch" else [bench]
    if framework == "wisp":
        arguments.append("--json")
    if arguments[0] in ("step", "sample"):
        arguments.append(f"--seconds={seconds}")
    start = time.perf_counter()
    result = subprocess.run([*program, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    elapsed = time.perf_counter() - start
    return json.loads(result.stdout) if result.stdout else {"first_step_ms": 1e3 * elapsed}


def in_order():
    """Every run once, those of one comparison next to each other."""
    runs = [run for *_, torch_side, wisp_side in ROWS for run in (*torch_side, *wisp_side)]
    return list(dict.fromkeys([*runs, *(run for _, *pair in WISP_ROWS for run in pair), LAYERS]))


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def table(results):
    def median(run, key):
        return statistics.median(result[key] for result in results[run])

    lines = ["| measurement | | PyTorch | Wisp | ratio |", "|---|---|---:|---:|---:|"]
    for name, unit, key, torch_side, wisp_side in ROWS:
        more_is_better = unit == "images/s"
        best = max if more_is_better else min
        theirs = best(torch_side, key=lambda run: median(run, key))
        ours = best(wisp_side, key=lambda run: median(run, key))
        a, b = median(theirs, key), median(ours, key)
        several = len(wisp_side) > 1  # precisions
        layout, precision = theirs[1], f", {theirs[2]}" if several else ""
        chosen = f" ({ours[2]})" if several else ""
        lines.append(f"| {name} | {unit} | {number(a)} ({layout}{precision}) | {number(b)}{chosen} | "
                     f"{b / a if more_is_better else a / b:.2f} |")
    for name, first, second in WISP_ROWS:
        if first in results and second in results:
            a, b = (median(run, "images_per_second") for run in (first, second))
            lines.append(f"| {name} | images/s | | {number(a)}, {number(b)} | {b / a:.2f} |")
    for name, unit, first, second, ratio in layer_rows(results[LAYERS]):
        lines.append(f"| {name} | {unit} | | {number(first)}, {number(second)} | {ratio:.2f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.5, help="how long each measurement is repeated")
    parser.add_argument("--out")
    o = parser.parse_args()
    if o.rounds < 1:
        parser.error("--rounds must be at least 1")
    has_onednn = "onednn" in subprocess.run([o.bench, "step", "--help"], stdout=subprocess.PIPE, text=True).stdout
    runs = [run for run in in_order() if has_onednn or "--backend=onednn" not in run]
    results = {run: [] for run in runs}
    for i in range(o.rounds):
        for run in runs:
            print(f"round {i + 1}/{o.rounds}: {' '.join((run[0], *run[3:]))}", file=sys.stderr)
            results[run].append(execute(run, o.bench, o.seconds))
    cpu = next(result["cpu"] for results_of in results.values() for result in results_of if "cpu" in result)
    text = (f"{cpu}, {THREADS} threads, {platform.system()}; PyTorch {importlib.metadata.version('torch')}; medians of {o.rounds} "
            f"alternating rounds; a ratio above 1 means that Wisp, or the former of two, is better.\n\n"
            f"{table(results)}\n")
    print(text, end="")
    if o.out:
        pathlib.Path(o.out).write_text(text)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs this project's benchmark and peers alternately and prints medians, spread and ratios.

    cargo bench -p lowregret-benches --bench peers --no-run        # prints the path of OURS
    python3 benches/compare.py OURS PEER.py [PEER.py ...] [--python PYTHON] [--rivals BINARY] [--rounds 7]
                               [--threads 1 2] [--workloads train rollout lsa] [--csv FILE]

Every round runs each program once per number of threads and workload, one after the other, so that all of them meet the
same weather. One thread is one core (`taskset`), for programs that cannot be told otherwise. Each program prints a
line a workload: name, workload, median seconds, "s", rate, unit. A ratio is the faster peer's median over ours: above 1
we are faster. It is refused when others were at work: when, in one of the runs it is made of, more than a quarter of a core
went to other processes (the machine's busy time less our own; unlike the load average, that forgets nothing and nobody, and
is not fooled by the run before). Only the standard library is used; /proc and taskset make it a Linux program.
"""

import argparse
import csv
import datetime
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time

# What others may take, in cores, before a measurement is none.
QUIET = 0.25


def main():
    options = arguments()
    seen, foreign = {}, {}
    started = datetime.datetime.now().astimezone()
    for round_ in range(options.rounds):
        for threads in options.threads:
            for workload in options.workloads:
                # Every other round the other way round: nobody always runs second.
                programs = options.programs if round_ % 2 == 0 else options.programs[::-1]
                for program in programs:
                    lines, others = quiet_run(program, threads, workload, options)
                    for name, seconds in lines:
                        seen.setdefault((threads, workload), {}).setdefault(name, []).append(seconds)
                        foreign.setdefault((threads, workload), []).append(others)
        print(f"round {round_ + 1} of {options.rounds} done", file=sys.stderr)
    print(f"{machine()}; {started:%Y-%m-%d %H:%M %Z}; {options.rounds} rounds\n")
    rows = list(table(seen, foreign))
    show(rows)
    if options.csv:
        with open(options.csv, "w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
    return 0 if seen else "error: no program printed a line"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours", help="the compiled benchmark `peers`")
    parser.add_argument("peers", nargs="*", help="peer scripts")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the peers' packages")
    parser.add_argument("--rivals", action="append", default=[], help="a compiled peer; may be repeated")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=7, help="handed to every program")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--workloads", nargs="+", default=["train", "rollout", "lsa"])
    parser.add_argument("--csv", help="also write the table to this file")
    options = parser.parse_args()
    options.programs = [[options.ours], *([options.python, peer] for peer in options.peers)]
    options.programs += [[rival] for rival in options.rivals]
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    if not shutil.which("taskset"):
        parser.error("taskset (package util-linux) is needed, to give programs their cores")
    if not 1 <= min(options.threads) <= max(options.threads) <= len(cores()):
        parser.error(f"--threads: 1 to the {len(cores())} cores there are")
    return options


def quiet_run(program, threads, workload, options):
    """The first of up to five runs that others leave alone, or the last of them."""
    for attempt in range(5):
        lines, others = run(program, threads, workload, options)
        if others <= QUIET:
            break
        time.sleep(attempt)
    return lines, others


def run(program, threads, workload, options):
    """Runs a program on one workload; returns its (name, seconds) a line, and the cores that others kept busy meanwhile.

    What does not know the workload prints nothing.
    """
    command = ["taskset", "-c", ",".join(map(str, cores()[:threads])), *program]
    if takes_threads(program[-1]):
        command += ["--threads", str(threads)]
    command += ["--repeats", str(options.repeats), workload]
    busy, own, start = busy_seconds(), own_seconds(), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    wall = time.monotonic() - start
    others = max(0.0, busy_seconds() - busy - (own_seconds() - own)) / wall
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        sys.exit(f"error: {' '.join(command)}: {reason}")
    lines = [line.split() for line in done.stdout.splitlines()]
    found = [(words[0], float(words[2])) for words in lines if words[1:2] == [workload] and words[3:4] == ["s"]]
    return found, others


def takes_threads(program):
    """Scripts may have no flag for threads, and take the cores that they are given."""
    if not program.endswith(".py"):
        return True
    with open(program) as file:
        return "--threads" in file.read()


def cores():
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))


def busy_seconds():
    """Processor time of the whole machine so far, without what was spent idle or waiting; stolen time counts."""
    with open("/proc/stat") as file:
        user, nice, system, _idle, _waiting, *interrupts = map(int, file.readline().split()[1:9])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def own_seconds():
    """Processor time of this process and of all programs that it has run."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


COLUMNS = ["threads", "workload", "program", "median ms", "quartiles ms", "against the faster peer", "others' cores"]


def table(seen, foreign):
    for (threads, workload), programs in sorted(seen.items()):
        medians = {name: statistics.median(times) for name, times in programs.items()}
        ours = "lowregret"
        others = [median for name, median in medians.items() if name != ours]
        busy = max(foreign[threads, workload])
        for name, times in sorted(programs.items(), key=lambda item: item[0] != ours):
            ratio = ""
            if name == ours and others:
                ratio = f"{min(others) / medians[ours]:.2f}" if busy <= QUIET else "refused: others at work"
            low, high = quartiles(times)
            spread = f"{1e3 * low:.2f} to {1e3 * high:.2f}"
            yield [threads, workload, name, f"{1e3 * medians[name]:.2f}", spread, ratio, f"{busy:.2f}"]


def quartiles(times):
    if len(times) < 2:
        return times[0], times[0]
    low, _, high = statistics.quantiles(times, n=4, method="inclusive")
    return low, high


def show(rows):
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")


def machine():
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            name = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), name)
    except OSError:
        pass
    return f"{name}, {len(cores())} cores, {platform.system()}"


if __name__ == "__main__":
    sys.exit(main())

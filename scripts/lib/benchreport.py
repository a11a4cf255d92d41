# SPDX-License-Identifier: GPL-2.0-only
"""What the bench's trials amount to: medians, ratios round by round, goals."""

import math
import os
import statistics

# Goals for vrxdp-stack against the same router behind what stands here (design: "Numbers to reach").
GOALS = {"macvlan": 1.1, "bridge": 3.0}
SUBJECT, BASE = "vrxdp-stack", "redirect"

# Student's t, two-sided 95%, by degrees of freedom; beyond the table the normal's.
T95 = [0, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14,
       2.13, 2.12, 2.11, 2.10, 2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05]


def spread(values):
    """Median, range, mean and half of the mean's 95% interval."""
    n = len(values)
    half = None
    if n > 1:
        t = T95[n - 1] if n - 1 < len(T95) else 1.96
        half = t * statistics.stdev(values) / math.sqrt(n)
    return {"n": n, "median": statistics.median(values), "min": min(values), "max": max(values),
            "mean": statistics.mean(values), "ci95": half}


def usable(trial):
    return not trial["invalid"]


def core_ns(trial):
    """Time of the host's core per packet. Others' share of the core, if any, isn't in it."""
    return 1e9 * trial["core_busy"] / trial["pps"]


def summarize(trials, names):
    """Of the valid trials; invalid ones are counted, and stay in the list of trials."""
    paths, ratios = {}, {}
    for name in names:
        mine = [t for t in trials if t["path"] == name]
        good = [t for t in mine if usable(t)]
        paths[name] = {"trials": len(mine), "invalid": len(mine) - len(good)}
        if good:
            paths[name]["pps"] = spread([t["pps"] for t in good])
            paths[name]["ns"] = spread([core_ns(t) for t in good])
            paths[name]["lost_inside"] = statistics.median(
                1 - t["arrived"] / t["accepted"] for t in good)
    rounds = {}
    for t in filter(usable, trials):
        rounds.setdefault(t["round"], {})[t["path"]] = core_ns(t)
    for name in names:
        for over in names:
            pairs = [r[over] / r[name] for r in rounds.values() if name in r and over in r]
            if name != over and pairs:
                ratios[f"{name}/{over}"] = spread(pairs)
    base = paths.get(BASE, {}).get("ns")
    for path in paths.values():
        if base and "ns" in path:
            path["ns_over_redirect"] = path["ns"]["median"] - base["median"]
    return {"paths": paths, "ratios": ratios}


def print_report(machine, summary, names):
    print("\n".join(machine))
    print(f"\n{'path':<16}{'kpps':>8}  {'min–max':<13}{'ns/packet':>10}  {'min–max':<13}"
          f"{'over redirect':>14}{'lost inside':>13}  trials")
    for name in names:
        path = summary["paths"][name]
        invalid = f", {path['invalid']} invalid" if path["invalid"] else ""
        if "pps" not in path:
            print(f"{name:<16}{'no valid trial':>20}  {path['trials']}{invalid}")
            continue
        pps, ns = path["pps"], path["ns"]
        kpps = f"{pps['min'] / 1e3:.0f}–{pps['max'] / 1e3:.0f}"
        nsec = f"{ns['min']:.0f}–{ns['max']:.0f}"
        over = f"{path['ns_over_redirect']:+.0f} ns" if "ns_over_redirect" in path else "?"
        print(f"{name:<16}{pps['median'] / 1e3:>8.0f}  {kpps:<13}{ns['median']:>10.0f}  {nsec:<13}"
              f"{over:>14}{100 * path['lost_inside']:>12.1f}%  {path['trials']}{invalid}")

    subject = SUBJECT if SUBJECT in names else BASE
    print(f"\n{'throughput of a core, ratio':<30}{'median':>8}  {'min–max':<13}{'mean, 95%':<16}goal")
    for name in names:
        ratio = summary["ratios"].get(f"{subject}/{name}")
        if not ratio:
            continue
        goal = ""
        if subject == SUBJECT and name in GOALS:
            reached = "reached" if ratio["median"] >= GOALS[name] else "MISSED"
            goal = f"≥ {GOALS[name]}: {reached}"
        extent = f"{ratio['min']:.2f}–{ratio['max']:.2f}"
        mean = f"{ratio['mean']:.2f}"
        if ratio["ci95"] is not None:
            mean += f" ± {ratio['ci95']:.2f}"
        print(f"{subject + ' / ' + name:<30}{ratio['median']:>8.2f}  {extent:<13}{mean:<16}{goal}")


def read(path, default="?"):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read().strip()
    except OSError:
        return default


def cpu_model():
    for line in read("/proc/cpuinfo").splitlines():
        if line.startswith(("model name", "CPU part")):
            return line.partition(":")[2].strip()
    return os.uname().machine


def mitigations():
    """What the kernel does about the CPU's flaws: retpolines make indirect calls dear."""
    where = "/sys/devices/system/cpu/vulnerabilities"
    if not os.path.isdir(where):
        return "unknown"
    found = [f"{name} ({read(os.path.join(where, name)).partition(': ')[2]})"
             for name in sorted(os.listdir(where))
             if read(os.path.join(where, name)).startswith("Mitigation")]
    return ", ".join(found) or "none active"


def cpu_times():
    """Ticks of each CPU: user and nice, steal, all."""
    times = {}
    for line in read("/proc/stat").splitlines():
        if line.startswith("cpu") and line[3].isdigit():
            name, *ticks = line.split()
            ticks = [int(t) for t in ticks[:8]]
            times[int(name[3:])] = (ticks[0] + ticks[1], ticks[7], sum(ticks))
    return times


def machine_facts(before, after, args):
    used = []
    roles = {args.source_cpu: ["source"]}
    roles.setdefault(args.host_cpu, []).append("host")
    roles[args.host_cpu if args.sink == "host" else args.source_cpu].append("sink")
    for cpu, what in roles.items():
        user, steal, total = (b - a for a, b in zip(before[cpu], after[cpu]))
        used.append(f"CPU {cpu} ({' and '.join(what)}): {100 * user / max(total, 1):.0f}% other "
                    f"programs, {100 * steal / max(total, 1):.0f}% stolen")
    return [f"Linux {os.uname().release}, {cpu_model()}, {os.cpu_count()} CPUs, "
            f"BPF JIT {read('/proc/sys/net/core/bpf_jit_enable')}",
            f"mitigations: {mitigations()}", "; ".join(used)]

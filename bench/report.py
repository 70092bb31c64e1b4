"""Writes the generated part of docs/benchmarks.md from everything that has been measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from bench import results
from bench.peers.registry import OURS, PEERS
from bench.peers.series import INDEXED, PLAIN

PAGE = results.ROOT / "docs" / "benchmarks.md"
BEGIN = "<!-- What stands from here on is written by `make bench`. -->"
END = "<!-- What stands up to here is written by `make bench`. -->"
PHASES = {
    "first": "first load",
    "unchanged": "again, nothing changed",
    "changed": "again, 1 % changed",
    "incremental": "only the changed 1 %",
}
VARIANTS = {PLAIN: "their tables as they make them", INDEXED: "our indexes on their tables"}
Phase = dict[str, Any]


def report() -> None:
    """Rewrite the generated part; the rest of the page stays as it is."""
    parts = [_conditions(), _throttled(), _ceiling(), *_peers(), _events(), _scale(), _stages(), _footprint()]
    text = "\n\n".join(part for part in parts if part)
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")
    print(text)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table in Markdown."""
    lines = [head, ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _conditions() -> str:
    told = [
        f"- {found['cores']} cores ({found['cpu']}), {found['memory_gb']} GB, {found['system']}, "
        f"Python {found['python']}, revision {found['revision']}, load average up to {found['load']:.1f}"
        for found in results.all_conditions()
    ]
    versions = [
        f"- {value['version']}" if "version" in value else f"- {key[1]} could not be installed: {value['trouble']}"
        for key, value in results.stored("versions")
    ]
    return "\n".join(["Measured on", "", *sorted(told), "", "with", "", *versions])


def _throttled() -> str:
    for (_, products, *_), rows in results.stored("throttled"):
        head = ("latency", "requests", "of products", "seconds", "budget alone", "ratio")
        shown = [
            (f"{latency:,} ms", requests, pages, f"{seconds:.1f}", f"{forced:.1f}", f"{ratio:.3f}")
            for latency, requests, pages, seconds, forced, ratio in rows
        ]
        text = (
            f"{products:,} products from the simulator, 120 requests a minute, an embedded database. The budget "
            "alone forces (requests − 1) × 0.5 s. Goals: at most 1.10 times that, and at most 43 product requests."
        )
        title = "## A full sync against what the budget alone forces"
        return f"{title}\n\n{text}\n\n{table(head, shown)}"
    return ""


def _ceiling() -> str:
    for _, told in results.stored("ceiling"):
        title = "## Side by side with other programs"
        return (
            f"{title}\n\nTo a client that does nothing with them the source of the comparison serves "
            f"{told['source']:,.0f} products a second ({told['source_by_cpu']:,.0f} a second of its own CPU), the "
            f"simulator {told['simulator']:,.0f}."
        )
    return ""


def _peers() -> list[str]:
    """Return a section for each number of products and each variant."""
    found: dict[tuple[int, str], dict[str, dict[int, dict[str, Phase]]]] = {}
    for (_, products, variant, peer, number), phases in results.stored("peers"):
        found.setdefault((products, variant), {}).setdefault(peer, {})[number] = phases
    sections = []
    for (products, variant), runs in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] != PLAIN)):
        own = found.get((products, PLAIN), {}).get(OURS, {})
        everyone = {OURS: own, **runs}
        rounds = max(map(len, everyone.values()))
        told = f"Medians, rounds: {rounds}; the ratio is that of the seconds to ours in the same round."
        title = f"### {products:,} products, {VARIANTS[variant]}"
        sections.append(f"{title}\n\n{told}\n\n{_work(everyone, own)}")
    return sections


HEAD = (
    "work", "program", "s", "ratio", "CPU s", "database CPU s", "peak MB", "requests", "WAL MB", "missing", "wrong"
)  # fmt: skip


def _work(everyone: dict[str, dict[int, dict[str, Phase]]], own: dict[int, dict[str, Phase]]) -> str:
    rows = []
    for phase, title in PHASES.items():
        shown = title
        for name in (name for name in PEERS if everyone.get(name)):
            runs = {number: told[phase] for number, told in everyone[name].items()}
            both = runs.keys() & own.keys()
            ratios = [runs[number]["seconds"] / own[number][phase]["seconds"] for number in both]
            rows.append((shown, PEERS[name].title, *_measured(list(runs.values()), ratios)))
            shown = ""
    return table(HEAD, rows)


def _measured(runs: list[Phase], ratios: list[float]) -> tuple[str, ...]:
    def middle(field: str) -> float:
        return float(median(run[field] for run in runs))

    failed = " (failed)" if any(run["code"] != 0 for run in runs) else ""
    return (
        f"{middle('seconds'):.2f}{failed}",
        f"{median(ratios):.2f}" if ratios else "",
        f"{middle('cpu'):.2f}",
        f"{middle('database_cpu'):.2f}",
        f"{middle('memory') / 1e6:.0f}",
        f"{middle('requests'):.0f}",
        f"{middle('wal') / 1e6:.2f}",
        f"{middle('missing'):.0f}",
        f"{middle('wrong'):.0f}",
    )


def _events() -> str:
    """Tell how everyone bears churn, a kill and a bad record."""
    found: dict[str, dict[str, Phase]] = {}
    size = 0
    for (_, products, _, peer, _), phases in results.stored("events"):
        size = max(size, products)
        found.setdefault(peer, {}).update(phases if products == size else {})
    if not found:
        return ""
    rows = []
    for name in (name for name in PEERS if name in found):
        told = found[name]
        lost, again = told.get("churn"), told.get("kill")
        rows.append(
            (
                PEERS[name].title,
                f"{lost['lost']} and {lost['extra']}" if lost else "",
                f"{again['repeated']} of {again['whole']}; {again['missing']} rows missing" if again else "",
                *(_borne(told.get(f"poison-{kind}")) for kind in ("nul", "number")),
            )
        )
    head = (
        "program",
        "churn: lost, and deleted ones kept",
        "kill -9 half-way: pages asked again",
        "a NUL in a name: rows stored",
        "words for a price: rows stored",
    )
    text = (
        f"{size:,} products. Churn is 3 edits, a creation and a deletion behind each page; all read in the order "
        "of Id. Lost is what was there before and after and is not in the mirror."
    )
    return f"### Churn, a kill, a bad record\n\n{text}\n\n{table(head, rows)}"


def _borne(phase: Phase | None) -> str:
    if phase is None:
        return ""
    status = "" if phase["code"] == 0 else f", exit status {phase['code']}"
    return f"{phase['stored']:,}{status}"


def _scale() -> str:
    rows = []
    for (_, products, *_), told in sorted(results.stored("scale"), key=lambda item: item[0][1]):
        first, again, some = told["first"], told["unchanged"], told["incremental"]
        reads = told["reads"]
        rows.append(
            (
                f"{products:,}",
                *(f"{run['seconds']:.1f} s, {products / run['seconds']:,.0f}/s" for run in (first, again)),
                f"{some['seconds']:.1f} s",
                f"{max(run['memory'] for run in (first, again, some)) / 1e6:.0f}",
                f"{again['wal'] / 1e6:.2f}",
                f"{told['difference']['missing']} and {told['difference']['wrong']}",
                f"{told['search']['p50']:.0f} and {told['search']['p99']:.0f}",
                f"{reads['cached']:,.0f} and {reads['uncached']:,.0f}" if reads else "",
            )
        )
    if not rows:
        return ""
    head = (
        "products",
        "first load",
        "unchanged",
        "1 % incremental",
        "peak MB",
        "WAL MB unchanged",
        "missing, wrong",
        "search p50, p99 ms",
        "reads a second, cached and not",
    )
    return f"## Ever more products\n\n{table(head, rows)}"


def _stages() -> str:
    return "\n\n".join(_stage(told) for _, told in results.stored("stages"))


def _stage(told: dict[str, Any]) -> str:
    products = told["products"]
    spent = sorted(told["inside"]["stages"].items(), key=lambda item: -item[1])
    layers = [(name, f"{seconds:.2f}", f"{seconds / products * 1e6:.0f}") for name, seconds in spent]
    statements = [
        (f"`{row['text']}…`", row["calls"], f"{row['seconds']:.2f}", row["rows"], f"{row['wal'] / 1e6:.1f}")
        for row in told["statements"]
    ]
    net = told["seconds"] - told["start"]
    bare, triggers = told["copy_bare"], told["copy_with_triggers"]
    limit = (
        f"It took {told['seconds']:.1f} s, {told['start']:.1f} s of them before the program does anything. A bare "
        f"COPY of the same rows into the same tables with the same indexes takes {bare:.1f} s, {bare / net:.2f} "
        f"of the rest; with the triggers that make the search of them {triggers:.1f} s, {triggers / net:.2f}."
    )
    return "\n\n".join(
        (
            f"## Where the time of a first load goes: {products:,} products",
            limit,
            table(("our CPU", "s", "µs a product"), layers),
            table(("in PostgreSQL", "calls", "s", "rows", "WAL MB"), statements),
        )
    )


def _footprint() -> str:
    sizes = [f"{key[1]} {told['size'] / 1e6:.0f}" for key, told in results.stored("versions") if "size" in told]
    for _, told in results.stored("footprint"):
        ours = told["installed"]
        return (
            f"## Footprint\n\n`--help` takes {told['help'] * 1000:.0f} ms of CPU, `status` "
            f"{told['status'] * 1000:.0f} ms, with the embedded PostgreSQL {told['embedded'] * 1000:.0f} ms. "
            f"An idle `serve` keeps {told['serve'] / 1e6:.0f} MB. Installed with all it needs it has "
            f"{ours['all'] / 1e6:.0f} MB, {ours['postgres'] / 1e6:.0f} of them PostgreSQL, "
            f"{ours['own'] / 1e6:.1f} its own code; the others' environments: {', '.join(sizes)} MB."
        )
    return ""

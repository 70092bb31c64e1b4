"""Which commands there are, and the examples that teach each."""

from __future__ import annotations

from cyclopts import App

_SYNC = """Examples:
  ploomes-sync sync                                   choose the cheapest way that misses nothing
  ploomes-sync sync --strategy batch                  read the whole catalogue
  ploomes-sync sync --id 4301 --id 4302 --urgency critical
  ploomes-sync sync --category rentals --category services
  ploomes-sync sync --dry-run                         write nothing, tell what would change
  ploomes-sync sync --json | jq .status
"""
_CONFIRM = """Examples:
  ploomes-sync confirm 0b5f…                          delete what the run found missing
  ploomes-sync confirm 0b5f… --allow-deletes 40       but no more than 40
"""
_CANCEL = """Examples:
  ploomes-sync cancel 0b5f…                           stop it, keep what it has written
"""
_DEMO = """Examples:
  ploomes-sync demo                                   stays up until Ctrl-C
  ploomes-sync demo --once                            ends after the summary
  ploomes-sync demo --once --products 500 --fresh     another, smaller catalogue
"""
_VERIFY = """Examples:
  ploomes-sync verify                                 everything, by about 40 requests
  ploomes-sync verify --sample 500                    all ids, the content of 500
  ploomes-sync verify --ids-only --json
"""
_HEALTH = """Examples:
  ploomes-sync health || echo "something has failed"
  ploomes-sync health --json | jq '.parts[] | select(.ok | not)'
"""
_LOGS = """Examples:
  ploomes-sync logs --status failed
  ploomes-sync logs --since 2026-01-31 --error rate_limit --text filter
  ploomes-sync logs 0b5f…                             one run and its events
"""
_SEARCH = """Examples:
  ploomes-sync search "filtro de ar"
  ploomes-sync search compresor                       misspelt words find their like
  ploomes-sync search --segment rentals --max-price 500 --sort price
"""
_SHOW = """Examples:
  ploomes-sync show 400612345
  ploomes-sync show CIA_LOC_132 --json
"""
_HISTORY = """Examples:
  ploomes-sync history 400612345
  ploomes-sync history CIA_LOC_132 --limit 5 --json
"""
_CHANGES = """Examples:
  ploomes-sync changes                                the newest first
  ploomes-sync changes --column base_price --column cost_price
  ploomes-sync changes --since 2026-01-31 --json      follow: add --cursor with its `next`
"""
_QUALITY = """Examples:
  ploomes-sync quality                                how many products have which fault
  ploomes-sync quality price_zero
  ploomes-sync quality no_ncm --xlsx sem-ncm.xlsx
"""
_CLASSIFY = """Examples:
  ploomes-sync classify --explain CIA_LOC_132         which rules decided
  ploomes-sync classify --apply                       after a change of PRODUCT_SYNC_PROFILE
"""
_MIGRATE = """Examples:
  ploomes-sync migrate
  ploomes-sync migrate --check || echo "something is pending"
"""
_EXPOSE = """Examples:
  ploomes-sync expose                                 tell who reads the catalogue
  ploomes-sync expose authenticated
"""
_SERVE = """Examples:
  ploomes-sync serve                                  this machine alone, http://127.0.0.1:8000
  ploomes-sync serve --host 0.0.0.0 --port 80         needs a token
  ploomes-sync serve --no-worker                      runs are left to `ploomes-sync worker`
"""
_SIMULATE = """Examples:
  ploomes-sync simulate --port 8642 --latency-ms 200
  ploomes-sync simulate --help                        all its switches
"""


_COMMANDS = {
    "demo:demo": _DEMO,
    "sync:sync": _SYNC,
    "sync:confirm": _CONFIRM,
    "sync:cancel": _CANCEL,
    "verify:verify": _VERIFY,
    "status:status": "",
    "status:health": _HEALTH,
    "logs:logs": _LOGS,
    "search:search": _SEARCH,
    "search:show": _SHOW,
    "search:categories": "",
    "history:history": _HISTORY,
    "history:changes": _CHANGES,
    "quality:quality": _QUALITY,
    "classify:classify": _CLASSIFY,
    "serve:serve": _SERVE,
    "worker:worker": "",
    "migrate:migrate": _MIGRATE,
    "expose:expose": _EXPOSE,
    "doctor:doctor": "",
}
"""Of each command, which function of which module here it is, and its examples."""
_GROUPS = ("quarantine", "webhooks", "jobs", "tokens", "migrations", "realtime")
"""Modules that hold an application of their own, with several commands."""


def register(app: App) -> None:
    """Add every command by its name: the module of one that is not called is not imported."""
    for place, examples in _COMMANDS.items():
        app.command(f"{__package__}.{place}", help_epilogue=examples)
    for group in _GROUPS:
        app.command(f"{__package__}.{group}:{group}")
    simulate = f"{__package__}.simulate:simulate"
    app.command(simulate, help_epilogue=_SIMULATE, help_flags=[], version_flags=[])

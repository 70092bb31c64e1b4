"""Which commands there are, in the order of `--help`, each with the examples that teach it."""

from __future__ import annotations

from cyclopts import App

from ploomes_sync.cli import quarantine
from ploomes_sync.cli.classify import classify
from ploomes_sync.cli.demo import demo
from ploomes_sync.cli.doctor import doctor
from ploomes_sync.cli.expose import expose
from ploomes_sync.cli.history import changes, history
from ploomes_sync.cli.jobs import jobs
from ploomes_sync.cli.logs import logs
from ploomes_sync.cli.migrate import migrate
from ploomes_sync.cli.migrations import migrations
from ploomes_sync.cli.quality import quality
from ploomes_sync.cli.realtime import realtime
from ploomes_sync.cli.search import categories, search, show
from ploomes_sync.cli.serve import serve
from ploomes_sync.cli.simulate import simulate
from ploomes_sync.cli.status import health, status
from ploomes_sync.cli.sync import cancel, confirm, sync
from ploomes_sync.cli.tokens import tokens
from ploomes_sync.cli.verify import verify
from ploomes_sync.cli.webhooks import webhooks
from ploomes_sync.cli.worker import worker

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


def register(app: App) -> None:
    """Add every command to the application."""
    app.command(demo, help_epilogue=_DEMO)
    app.command(sync, help_epilogue=_SYNC)
    app.command(confirm, help_epilogue=_CONFIRM)
    app.command(cancel, help_epilogue=_CANCEL)
    app.command(verify, help_epilogue=_VERIFY)
    app.command(status, help_epilogue="")
    app.command(health, help_epilogue=_HEALTH)
    app.command(logs, help_epilogue=_LOGS)
    app.command(search, help_epilogue=_SEARCH)
    app.command(show, help_epilogue=_SHOW)
    app.command(categories, help_epilogue="")
    app.command(history, help_epilogue=_HISTORY)
    app.command(changes, help_epilogue=_CHANGES)
    app.command(quality, help_epilogue=_QUALITY)
    app.command(classify, help_epilogue=_CLASSIFY)
    app.command(quarantine.app)
    app.command(webhooks)
    app.command(serve, help_epilogue=_SERVE)
    app.command(worker, help_epilogue="")
    app.command(jobs)
    app.command(tokens)
    app.command(migrate, help_epilogue=_MIGRATE)
    app.command(migrations)
    app.command(expose, help_epilogue=_EXPOSE)
    app.command(realtime)
    app.command(doctor, help_epilogue="")
    app.command(simulate, help_epilogue=_SIMULATE, help_flags=[], version_flags=[])

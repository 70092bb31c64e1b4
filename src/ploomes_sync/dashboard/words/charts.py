"""Words of the charts."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "charts.title": ("Gráficos", "Charts"),
    "charts.range": ("Período", "Range"),
    "charts.1h": ("1 hora", "1 hour"),
    "charts.6h": ("6 horas", "6 hours"),
    "charts.24h": ("24 horas", "24 hours"),
    "charts.7d": ("7 dias", "7 days"),
    "charts.30d": ("30 dias", "30 days"),
    "charts.lead": (
        "Somados todos os processos. Uma falha na linha é tempo em que nada foi medido.",
        "All processes added up. A gap in a line is time in which nothing was measured.",
    ),
    "charts.empty": ("Ainda não há medições", "There are no measurements yet"),
    "charts.empty.text": (
        (
            "Enquanto o serviço roda, cada processo mede a si mesmo a cada poucos segundos. Os gráficos aparecem "
            "em um ou dois minutos."
        ),
        (
            "While the service runs, each process measures itself every few seconds. The charts appear within a "
            "minute or two."
        ),
    ),
    "charts.off": (
        "As medições estão desligadas: METRICS_INTERVAL_SECONDS é 0.",
        "Measuring is switched off: METRICS_INTERVAL_SECONDS is 0.",
    ),
    "charts.late": (
        "Nada é medido desde {when}: nenhum processo parece estar rodando.",
        "Nothing has been measured since {when}: no process seems to be running.",
    ),
    "charts.nothing": ("Nada medido neste período", "Nothing measured in this range"),
    "charts.numbers": ("Números do período", "Figures of the range"),
    "charts.line": ("Linha", "Line"),
    "charts.last": ("Último", "Last"),
    "charts.least": ("Mínimo", "Least"),
    "charts.mean": ("Média", "Mean"),
    "charts.most": ("Máximo", "Most"),
    "chart.freshness": ("Atraso das mudanças", "Delay of changes"),
    "chart.freshness.means": (
        "Da mudança no Ploomes até estar aqui, na hora anterior",
        "From a change in Ploomes until it is here, over the hour before",
    ),
    "chart.rows": ("Registros por segundo", "Records a second"),
    "chart.rows.means": ("Lidos do Ploomes e, deles, os que mudaram", "Read from Ploomes and, of these, changed"),
    "chart.requests": ("Requisições ao Ploomes", "Requests to Ploomes"),
    "chart.requests.means": (
        "Por minuto, e quantas o Ploomes recusou por excesso (429)",
        "A minute, and how many Ploomes refused as too many (429)",
    ),
    "chart.latency": ("Resposta do Ploomes", "Ploomes' answers"),
    "chart.latency.means": (
        "Tempo médio por requisição, e espera pela vez no orçamento",
        "Mean time a request, and the wait for a turn in the budget",
    ),
    "chart.errors": ("Erros por classe", "Errors by class"),
    "chart.errors.means": ("Falhas por minuto, curadas ou não", "Failures a minute, healed or not"),
    "chart.queues": ("Filas", "Queues"),
    "chart.queues.means": ("O que espera para ser feito", "What waits to be done"),
    "chart.products": ("Produtos", "Products"),
    "chart.products.means": (
        "Total no espelho, sem os excluídos; o eixo não começa em zero",
        "All in the mirror, without deleted ones; the axis does not begin at zero",
    ),
    "chart.cache": ("Acertos do cache", "Cache hits"),
    "chart.cache.means": ("Leituras respondidas sem ir ao banco", "Reads answered without asking the database"),
    "chart.api": ("Pedidos à API", "Requests to the API"),
    "chart.api.means": ("Por segundo, incluindo este painel", "A second, this dashboard included"),
    "chart.api_latency": ("Resposta da API", "The API's answers"),
    "chart.api_latency.means": ("Tempo médio por pedido", "Mean time a request"),
    "chart.cpu": ("Processador", "Processor"),
    "chart.cpu.means": ("De um núcleo, na média dos processos", "Of one core, mean of the processes"),
    "chart.memory": ("Memória", "Memory"),
    "chart.memory.means": ("Na média dos processos", "Mean of the processes"),
    "line.freshness_p50_seconds": ("típico (p50)", "typical (p50)"),
    "line.freshness_p99_seconds": ("99 % das mudanças", "99 % of changes"),
    "line.rows_per_second": ("lidos", "read"),
    "line.changes_per_second": ("mudaram", "changed"),
    "line.requests_per_second": ("requisições", "requests"),
    "line.rate_limited_per_minute": ("recusadas (429)", "refused (429)"),
    "line.ploomes_latency_seconds": ("resposta", "answer"),
    "line.budget_wait_seconds": ("espera pela vez", "wait for a turn"),
    "line.errors_network_per_minute": ("rede", "network"),
    "line.errors_rate_limit_per_minute": ("limite", "rate limit"),
    "line.errors_database_per_minute": ("banco", "database"),
    "line.errors_validation_per_minute": ("validação", "validation"),
    "line.errors_authentication_per_minute": ("autenticação", "authentication"),
    "line.errors_unknown_per_minute": ("outros", "others"),
    "line.webhooks_waiting": ("webhooks", "webhooks"),
    "line.jobs_waiting": ("tarefas", "jobs"),
    "line.quarantined": ("quarentena", "quarantine"),
    "line.products": ("produtos", "products"),
    "line.cache_hit_rate": ("acertos", "hits"),
    "line.http_requests_per_second": ("pedidos", "requests"),
    "line.http_latency_seconds": ("tempo", "time"),
    "line.cpu": ("uso", "use"),
    "line.memory_bytes": ("uso", "use"),
}

"""Words of asking for a sync."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "sync.title": ("Sincronizar", "Sync"),
    "sync.strategy": ("Como ler", "How to read"),
    "sync.strategy.auto": ("Automático", "Automatic"),
    "sync.strategy.auto.hint": ("O modo mais barato que não perde nada.", "The cheapest way that misses nothing."),
    "sync.strategy.incremental": ("Incremental", "Incremental"),
    "sync.strategy.incremental.hint": (
        "Só o que mudou desde a última vez.",
        "Only what changed since the last time.",
    ),
    "sync.strategy.batch": ("Completa", "Full"),
    "sync.strategy.batch.hint": (
        "Tudo; só assim se descobre o que foi excluído.",
        "Everything; only this finds what was deleted.",
    ),
    "sync.strategy.real-time": ("Tempo real", "Real-time"),
    "sync.strategy.real-time.hint": (
        "Poucos produtos, já, antes de todo o resto.",
        "A few products, at once, ahead of all else.",
    ),
    "sync.segments": ("Categorias", "Categories"),
    "sync.segments.hint": ("Nenhuma marcada: o catálogo inteiro.", "None ticked: the whole catalogue."),
    "sync.ids": ("Ids dos produtos", "Product ids"),
    "sync.ids.hint": (
        "Ids do Ploomes, separados por espaço, vírgula ou linha.",
        "Ids of Ploomes, between blanks, commas or lines.",
    ),
    "sync.urgency": ("Urgência", "Urgency"),
    "sync.context": ("Contexto do negócio", "Business context"),
    "sync.context.hint": ("Passa à frente de leituras sem pressa.", "Goes ahead of reads that are in no hurry."),
    "context.affects_pricing": ("Afeta preços", "Affects pricing"),
    "context.stock_alert": ("Alerta de estoque", "Stock alert"),
    "context.priority": ("Prioridade", "Priority"),
    "sync.go": ("Sincronizar agora", "Sync now"),
    "sync.preview": ("Prever", "Preview"),
    "sync.fault.unknown": ("{value} não existe aqui; escolha de novo.", "{value} does not exist; choose again."),
    "sync.fault.id": (
        "“{value}” não é um id do Ploomes: use só números.",
        "“{value}” is no id of Ploomes: use numbers only.",
    ),
    "sync.fault.many": ("São no máximo {most} ids por vez.", "There may be {most} ids at a time at most."),
    "sync.fault.both": (
        "Escolha ids ou categorias, não os dois.",
        "Choose ids or categories, not both.",
    ),
    "sync.fault.full": (
        "A leitura completa lê tudo: deixe os ids vazios ou escolha outro modo.",
        "A full sync reads everything: leave the ids empty, or choose another way.",
    ),
    "sync.fault.no_ids": ("Para tempo real, diga os ids.", "Real-time needs the ids."),
    "sync.fault.excess": (
        "Aqui o tempo real lê no máximo {most} produtos, e são {n}.",
        "Real-time reads at most {most} products here, and these are {n}.",
    ),
    "plan.title": ("O que vai acontecer", "What will happen"),
    "plan.products": ("Produtos a ler", "Products to read"),
    "plan.requests": ("Custa ao Ploomes", "Costs Ploomes"),
    "plan.requests.of": (
        "cerca de {n} requisição|cerca de {n} requisições",
        "about {n} request|about {n} requests",
    ),
    "plan.time": ("Leva agora", "Takes now"),
    "plan.time.of": ("cerca de {span}", "about {span}"),
    "plan.since": ("Mudanças desde", "Changes since"),
    "plan.lane": ("Prioridade", "Priority"),
    "lane.real-time": ("máxima", "highest"),
    "lane.incremental": ("alta", "high"),
    "lane.sweep": ("normal", "normal"),
    "plan.complete": (
        "Descobre também o que foi excluído no Ploomes.",
        "Also finds what was deleted in Ploomes.",
    ),
    "plan.incomplete": (
        "Não descobre o que foi excluído no Ploomes; a leitura completa descobre.",
        "Does not find what was deleted in Ploomes; a full sync does.",
    ),
    "plan.named": (
        "Dos produtos pedidos, descobre também os excluídos.",
        "Of the products asked for, it also finds the deleted ones.",
    ),
    "plan.running": (
        (
            "{n} execução em andamento: se ela faz o mesmo, você acompanha a que já corre.|"
            "{n} execuções em andamento: se uma faz o mesmo, você acompanha a que já corre."
        ),
        (
            "{n} run is under way: if it does the same, you follow that one.|"
            "{n} runs are under way: if one does the same, you follow that one."
        ),
    ),
    "plan.slow": (
        "O Ploomes está ocupado e a previsão demora. Você pode começar mesmo assim.",
        "Ploomes is busy and the preview takes long. You may start all the same.",
    ),
    "plan.faulty": ("Corrija o que está marcado para ver a previsão.", "Mend what is marked to see the preview."),
    "plan.wait": (
        "Escolha e peça a previsão para saber quanto custa.",
        "Choose, and ask for the preview to learn what it costs.",
    ),
}

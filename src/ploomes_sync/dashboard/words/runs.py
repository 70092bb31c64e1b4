"""Words of runs: one as it goes on, what came of it, deletions that wait, and the history."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "one_run.title.none": ("Sincronização", "Sync"),
    "one_run.title.real-time": ("Sincronização em tempo real", "Real-time sync"),
    "one_run.title.incremental": ("Sincronização incremental", "Incremental sync"),
    "one_run.title.batch": ("Sincronização completa", "Full sync"),
    "one_run.scope.all": ("Catálogo inteiro", "The whole catalogue"),
    "one_run.scope.ids": ("{n} produto pelo id|{n} produtos pelo id", "{n} product by id|{n} products by id"),
    "one_run.scope": ("O que lê", "What it reads"),
    "one_run.asked": ("Pedida {when} ({origin})", "Asked for {when} ({origin})"),
    "one_run.joined": (
        "Já estava em andamento: você acompanha a mesma execução.",
        "It was under way already: you follow the same run.",
    ),
    "one_run.read_of": ("{n} de {all} produtos lidos", "{n} of {all} products read"),
    "one_run.read": ("{n} produto lido|{n} produtos lidos", "{n} product read|{n} products read"),
    "one_run.left": ("faltam {span}", "{span} left"),
    "one_run.queued": ("Espera um trabalhador livre.", "Waits for a free worker."),
    "one_run.queued.none": (
        "Nenhum trabalhador está ativo: inicie `ploomes-sync worker` ou `ploomes-sync serve`.",
        "No worker is running: start `ploomes-sync worker` or `ploomes-sync serve`.",
    ),
    "one_run.planning": ("Escolhe como ler o Ploomes…", "Chooses how to read Ploomes…"),
    "one_run.resting": (
        "Parou por um erro e tenta de novo {when}, de onde parou.",
        "It stopped at an error and tries again {when}, where it stopped.",
    ),
    "one_run.resumed": (
        "Tentativa {n}: continuou de onde a anterior parou, sem ler de novo.",
        "Attempt {n}: it went on where the one before stopped, without reading again.",
    ),
    "one_run.refresh": ("Atualizar", "Refresh"),
    "one_run.pace": ("Ritmo", "Pace"),
    "one_run.rate": ("Registros por segundo", "Records a second"),
    "one_run.pages": ("Páginas", "Pages"),
    "one_run.retries": ("Repetições", "Retries"),
    "one_run.budget": ("Orçamento restante neste minuto", "Budget left this minute"),
    "one_run.budget.none": ("sem limite", "no limit"),
    "one_run.lanes": ("Requisições em paralelo", "Requests in parallel"),
    "one_run.lanes.up_to": ("até {n}", "up to {n}"),
    "one_run.lanes.parts": ("{n} trecho aberto|{n} trechos abertos", "{n} open stretch|{n} open stretches"),
    "one_run.errors": ("Falhas toleradas", "Failures survived"),
    "one_run.counters": ("Produtos", "Products"),
    "tally.inserted": ("Novos", "New"),
    "tally.updated": ("Alterados", "Changed"),
    "tally.unchanged": ("Sem mudança", "Unchanged"),
    "tally.deleted": ("Removidos", "Removed"),
    "tally.restored": ("Restaurados", "Restored"),
    "tally.rejected": ("Rejeitados", "Rejected"),
    "became.created": ("Criados", "Created"),
    "became.changed": ("Alterados", "Changed"),
    "became.removed": ("Removidos", "Removed"),
    "became.restored": ("Restaurados", "Restored"),
    "one_run.timeline": ("O que aconteceu", "What happened"),
    "event.asked": ("Pedida", "Asked for"),
    "event.started": ("Começou", "Began"),
    "event.planned": ("Planejada", "Planned"),
    "event.expected": ("{n} produto a ler|{n} produtos a ler", "{n} product to read|{n} products to read"),
    "event.paused": ("Pausa", "Pause"),
    "event.paused.text": ("Espera {span}.", "Waits {span}."),
    "event.confirmed": ("Exclusões confirmadas", "Deletions confirmed"),
    "event.confirmed.text": ("até {n} produto|até {n} produtos", "up to {n} product|up to {n} products"),
    "event.cancelled": ("Cancelada", "Cancelled"),
    "event.finished": ("Terminou", "Ended"),
    "event.tuner.step": ("Ritmo ajustado", "Pace adjusted"),
    "tuner.rows": ("Registros por página", "Records a page"),
    "tuner.lanes": ("Requisições em paralelo", "Requests in parallel"),
    "one_run.changed": ("O que mudou", "What changed"),
    "one_run.changed.all": ("Ver as alterações", "See the changes"),
    "one_run.changed.none": ("Nenhum produto mudou", "No product changed"),
    "one_run.changed.none.text": (
        "O catálogo já estava igual ao do Ploomes.",
        "The catalogue was already as it is in Ploomes.",
    ),
    "one_run.changed.first": (
        "Primeira carga: os produtos entraram sem histórico de alterações.",
        "A first load: the products came in without a history of changes.",
    ),
    "one_run.columns": ("Por campo", "By field"),
    "one_run.rejected": ("O que foi rejeitado", "What was rejected"),
    "one_run.rejected.all": ("Ver na quarentena", "See in quarantine"),
    "one_run.rejected.gone": (
        "Nada ficou em quarentena: o que foi rejeitado já entrou depois.",
        "Nothing is left in quarantine: what was rejected has come in since.",
    ),
    "one_run.about": ("Sobre esta execução", "About this run"),
    "one_run.why": ("Por que assim", "Why this way"),
    "one_run.urgency": ("Urgência", "Urgency"),
    "one_run.context": ("Contexto", "Context"),
    "one_run.began": ("Começou", "Began"),
    "one_run.ended": ("Terminou", "Ended"),
    "one_run.attempts": ("Tentativas", "Attempts"),
    "one_run.id": ("Id", "Id"),
    "one_run.failed": ("Por que falhou", "Why it failed"),
    "one_run.met": ("Erro", "Error"),
    "one_run.cancelled": (
        "O que foi gravado até ali fica; a próxima sincronização lê o resto.",
        "What it had written stays; the next sync reads the rest.",
    ),
    "one_run.again": ("Executar de novo", "Run again"),
    "one_run.cancel": ("Cancelar…", "Cancel…"),
    "one_run.cancel.title": ("Cancelar esta execução?", "Cancel this run?"),
    "one_run.cancel.text": (
        "Ela para na próxima página. O que já foi gravado fica, e a próxima sincronização lê o resto.",
        "It stops at its next page. What is written stays, and the next sync reads the rest.",
    ),
    "one_run.cancel.yes": ("Cancelar a execução", "Cancel the run"),
    "one_run.cancel.no": ("Deixar continuar", "Let it go on"),
    "held.title": (
        "{n} produto sumiu do Ploomes|{n} produtos sumiram do Ploomes",
        "{n} product is gone from Ploomes|{n} products are gone from Ploomes",
    ),
    "held.text": (
        (
            "São mais do que uma execução pode excluir sozinha; por isso ela espera por você. Se confirmar, "
            "cada um é procurado mais uma vez pelo id, e só o que o Ploomes não tiver mesmo é marcado como "
            "excluído. "
            "Nada é apagado: um produto que voltar é restaurado."
        ),
        (
            "These are more than a run may remove by itself, so it waits for you. If you confirm, each is asked "
            "for once more by its id, and only what Ploomes really lacks is marked deleted. Nothing is erased: "
            "a product that comes back is restored."
        ),
    ),
    "held.see": ("Ver exatamente quais", "See exactly which"),
    "held.agree": (
        "Conferi a lista e quero excluir {n} produto|Conferi a lista e quero excluir {n} produtos",
        (
            "I have looked at the list and want to delete {n} product|"
            "I have looked at the list and want to delete {n} products"
        ),
    ),
    "held.confirm": ("Excluir {n} produto|Excluir {n} produtos", "Delete {n} product|Delete {n} products"),
    "held.disagreed": (
        "Marque que você conferiu o número que está na tela.",
        "Tick that you have checked the number that is shown.",
    ),
    "held.refuse": ("Não excluir", "Do not delete"),
    "held.refuse.hint": (
        "A execução é cancelada, os produtos ficam, e a próxima leitura completa pergunta de novo.",
        "The run is cancelled, the products stay, and the next full read asks again.",
    ),
    "missing.title": ("Produtos que sumiram do Ploomes", "Products gone from Ploomes"),
    "missing.none": ("Nada espera confirmação aqui", "Nothing waits for confirmation here"),
    "missing.none.text": (
        "Estes produtos já foram excluídos, ou voltaram.",
        "These products have been deleted by now, or have come back.",
    ),
    "missing.changed": ("Mudou no Ploomes", "Changed in Ploomes"),
    "missing.seen": ("Visto por último", "Last seen"),
    "runs.title": ("Execuções", "Runs"),
    "runs.ahead": ("Agora", "Now"),
    "runs.text": ("Texto", "Text"),
    "runs.text.hint": ("id, motivo, erro, acontecimento", "id, reason, error, event"),
    "runs.error_class": ("Tipo de erro", "Kind of error"),
    "runs.since": ("De", "From"),
    "runs.until": ("Até", "To"),
    "runs.ignored": (
        "Alguns filtros do endereço não existem e foram deixados de lado.",
        "Some filters of the address do not exist and were left out.",
    ),
    "runs.none": ("Nenhuma execução com estes filtros", "No runs with these filters"),
    "runs.none.text": ("Mude ou limpe os filtros.", "Change the filters, or clear them."),
    "runs.empty": ("Nenhuma execução ainda", "No runs yet"),
    "runs.empty.text": (
        "A primeira lê o catálogo inteiro. Dali em diante, só o que mudar.",
        "The first one reads the whole catalogue. From then on, only what changes.",
    ),
}

"""Words of the settings: the system, webhooks, tokens, and what each setting means."""

from __future__ import annotations

from ploomes_sync.config import Settings

WORDS: dict[str, tuple[str, str]] = {
    "settings.title": ("Ajustes", "Settings"),
    "settings.tab.system": ("Sistema", "System"),
    "settings.tab.values": ("Configuração", "Configuration"),
    "settings.tab.webhooks": ("Webhooks", "Webhooks"),
    "settings.tab.access": ("Acesso", "Access"),
    "settings.tabs": ("Partes dos ajustes", "Parts of the settings"),
    "settings.look": ("Aparência e idioma", "Looks and language"),
    "settings.theme": ("Tema", "Theme"),
    "settings.language": ("Idioma", "Language"),
    "settings.language.pt": ("Português (Brasil)", "Português (Brasil)"),
    "settings.language.en": ("English", "English"),
    "settings.save": ("Salvar", "Save"),
    "health.title": ("Saúde", "Health"),
    "health.part": ("Parte", "Part"),
    "health.level": ("Estado", "State"),
    "health.reason": ("O que se sabe", "What is known"),
    "part.postgres": ("PostgreSQL", "PostgreSQL"),
    "part.schema": ("Esquema", "Schema"),
    "part.ploomes": ("Ploomes", "Ploomes"),
    "part.worker": ("Trabalhadores", "Workers"),
    "part.freshness": ("Atualidade", "Freshness"),
    "part.complete": ("Completude", "Completeness"),
    "part.quarantine": ("Quarentena", "Quarantine"),
    "part.deletions": ("Exclusões", "Deletions"),
    "part.disk": ("Disco", "Disk"),
    "part.webhooks": ("Webhooks", "Webhooks"),
    "level.ok": ("Bem", "Well"),
    "level.warning": ("Atenção", "Look"),
    "level.failed": ("Falhou", "Failed"),
    "system.program": ("Programa", "Program"),
    "system.version": ("Versão", "Version"),
    "system.python": ("Python", "Python"),
    "system.schema": ("Esquema do banco", "Database schema"),
    "system.schema.same": ("é o esperado", "as expected"),
    "system.schema.other": ("o programa espera {n}", "the program needs {n}"),
    "system.environment": ("Ambiente", "Environment"),
    "system.zone": ("Fuso horário", "Time zone"),
    "system.profile": ("Perfil de classificação", "Classification profile"),
    "system.profile.own": ("próprio", "your own"),
    "system.profile.builtin": ("de fábrica", "built in"),
    "system.segments": ("Segmentos", "Segments"),
    "system.database": ("Banco de dados", "Database"),
    "system.embedded": ("embutido", "embedded"),
    "system.size": ("Tamanho", "Size"),
    "system.connections": ("Conexões", "Connections"),
    "system.pool": ("Conexões deste processo", "Connections of this process"),
    "system.pool.use": ("{n} em uso", "{n} in use"),
    "system.of": ("de {n}", "of {n}"),
    "system.answer": ("Resposta", "Answer"),
    "system.process": ("Este processo", "This process"),
    "system.instance": ("Instância", "Instance"),
    "system.uptime": ("No ar há", "Up for"),
    "system.cpu": ("Processador", "Processor"),
    "system.memory": ("Memória", "Memory"),
    "system.memory.free": ("{free} livres na máquina", "{free} free on the machine"),
    "system.disk": ("Disco livre", "Free disk"),
    "system.files": ("Arquivos abertos", "Open files"),
    "system.lag": ("Atraso do laço", "Loop lag"),
    "work.title": ("Trabalhadores e agenda", "Workers and schedule"),
    "work.workers": ("Trabalhadores ativos", "Workers alive"),
    "work.jobs": ("Tarefas esperando", "Jobs waiting"),
    "work.running": ("Em andamento", "Running"),
    "work.failed": ("Falharam em 24 h", "Failed within 24 h"),
    "work.what": ("O quê", "What"),
    "work.cron": ("Quando", "When"),
    "work.next": ("Próxima vez", "Next"),
    "work.off": ("desligado", "off"),
    "due.scheduled_sync": ("Sincronizar o que mudou", "Sync what changed"),
    "due.complete_walk": ("Ler tudo", "Read everything"),
    "due.webhook_health": ("Conferir os webhooks", "Check the webhooks"),
    "due.cache_cleanup": ("Limpar o cache", "Clean the cache"),
    "due.retention": ("Apagar o histórico vencido", "Forget old history"),
    "values.lead": (
        (
            "Lidos uma vez, ao iniciar, das variáveis de ambiente e do arquivo .env. Para mudar um valor, mude a "
            "variável e reinicie o serviço. Segredos nunca aparecem."
        ),
        (
            "Read once, at start, from environment variables and the file .env. To change a value, change the "
            "variable and start the service again. Secrets are never shown."
        ),
    ),
    "values.variable": ("Variável", "Variable"),
    "values.value": ("Valor", "Value"),
    "values.default": ("Padrão: {value}", "Default: {value}"),
    "values.origin": ("De onde vem", "From"),
    "values.or": ("ou", "or"),
    "origin_of.environment": ("ambiente", "environment"),
    "origin_of.given": (".env ou programa", ".env or program"),
    "origin_of.default": ("padrão", "default"),
    "value.set": ("definido", "set"),
    "value.not set": ("não definido", "not set"),
    "value.true": ("sim", "yes"),
    "value.false": ("não", "no"),
    "group.ploomes": ("Ploomes", "Ploomes"),
    "group.sync": ("Sincronização", "Sync"),
    "group.database": ("Banco de dados", "Database"),
    "group.http": ("API e painel", "API and dashboard"),
    "group.running": ("Operação", "Running"),
    "group.other": ("Outros", "Others"),
    "webhooks.ours": ("Registrados no Ploomes", "Registered at Ploomes"),
    "webhooks.callback": ("Endereço chamado", "Address called"),
    "webhooks.waiting": ("Produtos esperando", "Products waiting"),
    "webhooks.fetched": ("Sendo lidos", "Being fetched"),
    "webhooks.failing": ("Com falha", "Failing"),
    "webhooks.oldest": ("O mais antigo espera há", "The oldest has waited for"),
    "webhooks.last": ("Última mensagem", "Last message"),
    "webhooks.error": ("Último erro", "Last error"),
    "webhooks.state": ("Situação", "State"),
    "webhooks.received": ("Recebidos em 24 h", "Received within 24 h"),
    "webhooks.kind": ("Mensagem", "Message"),
    "webhooks.events": ("Quantas", "How many"),
    "webhooks.when": ("A última", "The last"),
    "webhooks.none": ("Nenhuma mensagem em 24 h", "No message within 24 h"),
    "webhooks.none.text": (
        "Sem webhooks, as mudanças chegam com a próxima sincronização.",
        "Without webhooks, changes come with the next sync.",
    ),
    "webhooks.say.none": (
        (
            "Não há webhooks: as mudanças chegam com a próxima sincronização. Para que cheguem em segundos, rode "
            "`ploomes-sync webhooks register URL` com o endereço público deste serviço."
        ),
        (
            "There are no webhooks: changes come with the next sync. To have them within seconds, run "
            "`ploomes-sync webhooks register URL` with the public address of this service."
        ),
    ),
    "webhooks.say.few": (
        (
            "Faltam webhooks: parte das mudanças só chega com a próxima sincronização. Rode "
            "`ploomes-sync webhooks check --repair`."
        ),
        (
            "Some webhooks are missing: part of the changes come with the next sync only. Run "
            "`ploomes-sync webhooks check --repair`."
        ),
    ),
    "webhooks.say.failing": (
        (
            "Produtos avisados não puderam ser lidos; o serviço tenta de novo sozinho. Se o erro abaixo "
            "continuar, confira a chave e o Ploomes."
        ),
        (
            "Products that were told of could not be read; the service tries again by itself. If the error below "
            "stays, check the key and Ploomes."
        ),
    ),
    "webhooks.say.slow": (
        "Produtos avisados esperam há mais de dois minutos: veja se há um trabalhador rodando.",
        "Products that were told of have waited for more than two minutes: see whether a worker is running.",
    ),
    "webhooks.say.good": (
        "O Ploomes avisa de cada produto criado, alterado ou excluído.",
        "Ploomes tells of each product that is created, changed or deleted.",
    ),
    "hook.created": ("Produto criado", "Product created"),
    "hook.updated": ("Produto alterado", "Product changed"),
    "hook.deleted": ("Produto excluído", "Product deleted"),
    "hook.other": ("Produto, outra ação", "Product, another action"),
    "hook.ignored": ("Não era sobre um produto", "Not about a product"),
    "hook.malformed": ("Ilegível", "Unreadable"),
    "access.lead": (
        (
            "Um token entra neste painel e na API. Cada pessoa ou programa tem o seu, para que se possa revogar "
            "um só."
        ),
        (
            "A token opens this dashboard and the API. Each person or program has its own, so that one alone can "
            "be revoked."
        ),
    ),
    "access.tokens": ("Tokens", "Tokens"),
    "access.name": ("Nome", "Name"),
    "access.name.hint": ("maria, omie…", "maria, omie…"),
    "access.scope": ("Papel", "Role"),
    "access.scope.read": ("leitura: vê tudo", "read: sees everything"),
    "access.scope.sync": ("sincronização: também inicia e cancela", "sync: also starts and cancels"),
    "access.scope.admin": ("administração: pode tudo", "admin: may do everything"),
    "access.days": ("Vale por", "Good for"),
    "access.days.of": ("{n} dia|{n} dias", "{n} day|{n} days"),
    "access.days.ever": ("sempre", "ever"),
    "access.make": ("Criar token", "Make a token"),
    "access.state": ("Estado", "State"),
    "access.made_at": ("Criado", "Made"),
    "access.used_at": ("Usado", "Used"),
    "access.ends_at": ("Vence", "Runs out"),
    "access.mine": ("é o seu", "yours"),
    "access.revoke": ("Revogar", "Revoke"),
    "access.revoke.sure": (
        "Em segundos nada mais aceita este token, nem as sessões que ele abriu. Não há volta.",
        (
            "Within seconds nothing accepts this token any more, nor the sessions that it began. There is no way "
            "back."
        ),
    ),
    "access.revoke.mine": (
        "Você entrou com ele e sairá também.",
        "You came in by it and will be signed out, too.",
    ),
    "access.revoke.last": (
        "É o último com papel de administração: outro, só pela linha de comando.",
        "It is the last one that is admin: another can be made on the command line only.",
    ),
    "access.revoke.do": ("Revogar {name}", "Revoke {name}"),
    "token.valid": ("Válido", "Valid"),
    "token.expired": ("Vencido", "Run out"),
    "token.revoked": ("Revogado", "Revoked"),
    "access.none": ("Ainda não há tokens", "There are no tokens yet"),
    "access.none.text": (
        (
            "Por isso o serviço atende só a este computador, sem pedir senha. Com o primeiro token, todos passam "
            "a entrar com um, também aqui."
        ),
        (
            "So the service answers to this machine alone and asks for nothing. From the first token on everybody "
            "signs in by one, here as well."
        ),
    ),
    "access.first": (
        (
            "Depois deste token, todos entram com um, também neste computador: faça dele um token de "
            "administração e guarde-o antes de sair desta página."
        ),
        (
            "After this token everybody signs in by one, on this machine as well: make it an admin token and keep "
            "it before you leave this page."
        ),
    ),
    "access.made": ("Token {name} criado", "Token {name} made"),
    "access.made.once": (
        "Copie-o agora: ele não aparece de novo e não fica guardado em lugar nenhum.",
        "Copy it now: it is not shown again and is kept nowhere.",
    ),
    "access.refused.name": (
        "O nome deve ter uma linha, de 1 a 80 caracteres.",
        "The name must be one line of 1 to 80 characters.",
    ),
    "access.refused.taken": (
        "Já há um token com este nome: escolha outro, ou revogue aquele antes.",
        "There is a token of this name: choose another, or revoke that one first.",
    ),
    "access.refused.choice": (
        "Escolha um papel e um prazo da lista.",
        "Choose a role and a time from the list.",
    ),
    "access.sessions": ("Sessões do painel", "Sessions of the dashboard"),
    "access.sessions.text": (
        "Encerra todas as sessões abertas, em todos os navegadores, a sua também. Os tokens continuam valendo.",
        "Ends every open session in every browser, yours as well. Tokens stay good.",
    ),
    "access.sessions.end": ("Encerrar todas as sessões", "End all sessions"),
    "access.said.revoked": ("O token foi revogado.", "The token has been revoked."),
    "access.said.ended": (
        "Todas as sessões foram encerradas.",
        "All sessions have been ended.",
    ),
}

_MEANINGS = {
    "api_key": "A chave do usuário de integração do Ploomes. Sem ela só funcionam a demonstração e o que já está "
    "gravado.",
    "api_url": "O endereço da API do Ploomes. A chave só é enviada a este servidor.",
    "database_url": "A conexão com o PostgreSQL. Sem ela usa-se um PostgreSQL embutido.",
    "database_password": "A senha do banco à parte, como ela é, sem codificação.",
    "database_ca_file": "O certificado com que o servidor do banco deve se provar; sem ele o TLS apenas cifra.",
    "database_role": "O papel que se assume em cada transação, como catalog_sync; só com DATABASE_URL.",
    "batch_size": "O máximo de linhas por página. Sem valor: o máximo que a API serve.",
    "concurrent": "Requisições ao mesmo tempo, de 1 a 6; o Ploomes recusa a sétima. Em produção 5.",
    "real_time": "Se poucos produtos indicados são lidos na hora, pelo id.",
    "real_time_excess": "O que faz uma leitura em tempo real de mais de 10 produtos: em partes (chunk) ou recusa "
    "(refuse).",
    "incremental_hours": "Horas depois das quais uma leitura incremental não basta e se lê tudo.",
    "complete_hours": "Horas depois das quais uma sincronização agendada lê tudo: nada garante que a data de "
    "alteração mude a cada mudança.",
    "warm_cache": "Se o cache é preenchido ao iniciar e depois de uma leitura completa.",
    "rate_limit": "Requisições por minuto que o Ploomes permite a esta conta; 0 desliga o limite.",
    "rate_burst": "Requisições que podem sair juntas depois de uma pausa; 1 é uma a cada 500 ms.",
    "rate_reserve": "Requisições por minuto deixadas às outras integrações da empresa.",
    "lease_seconds": "Segundos depois dos quais uma execução morta pode ser assumida por outro processo.",
    "timeout_seconds": "Segundos de espera por uma resposta do Ploomes.",
    "http_rate": "Pedidos por minuto que um cliente da API pode fazer; 0 desliga o limite.",
    "http_body_bytes": "O maior corpo de um pedido à API, em bytes; webhooks têm o seu próprio limite.",
    "http_timeout": "Segundos depois dos quais se desiste de um pedido à API.",
    "http_in_flight": (
        "Pedidos respondidos ao mesmo tempo; outros tantos esperam um segundo, os demais recebem 503."
    ),
    "http_streams": "Fluxos de eventos que um cliente da API pode manter abertos.",
    "cors_origins": "Origens de páginas que podem chamar a API, separadas por vírgulas. Sem valor: nenhuma.",
    "webhook_secret": "Um segredo no endereço dos webhooks, para quem não envia a chave de validação.",
    "sync_schedule": "Quando um trabalhador sincroniza sozinho, como no cron; off: nunca.",
    "complete_schedule": "Quando um trabalhador lê tudo, como no cron; off: nunca.",
    "schedule_timezone": "O fuso horário da agenda e deste painel.",
    "retention_days": "Dias depois dos quais se apagam execuções, tarefas, erros e medições.",
    "changes_retention_days": "Dias depois dos quais se apaga o histórico de alterações dos produtos.",
    "profile": "Um arquivo TOML com regras de classificação. Sem valor: o perfil de fábrica.",
    "data_dir": "A pasta do PostgreSQL embutido. Sem valor: a pasta de dados do usuário.",
    "metrics_interval": "Segundos entre duas medições de cada processo, para os gráficos; 0: nenhuma.",
    "traces_endpoint": "O coletor OpenTelemetry que recebe os traços; precisa do extra `otel`. Sem valor: nenhum.",
    "debug": "Áreas cujo log de depuração aparece, como product-sync:* ou product-sync:ploomes.",
    "environment": "development, production ou test. Produção exige DATABASE_URL e escreve o log em JSON.",
}
WORDS |= {
    f"setting.{name}": (_MEANINGS.get(name, field.description or ""), field.description or "")
    for name, field in Settings.model_fields.items()
}

"""What the service says in English, sentence by sentence, in Portuguese.

`{}` stands for what is filled in. The Portuguese takes it by number: `{0}` as it is, `{0:n}` as a number, `{0:d}`
as a time, `{0:t}` as a sentence of its own.
"""

from __future__ import annotations

PLANS: dict[str, str] = {
    "{} products changed: reading them costs as many requests as reading all": (
        "{0:n} produtos mudaram: ler só eles custa tantas requisições quanto ler tudo"
    ),
    "everything up to {} UTC is known, {} products in the window": (
        "já se conhece tudo até {0:d} UTC; {1:n} produtos na janela"
    ),
    "everything up to {} UTC is known": "já se conhece tudo até {0:d} UTC",
    "incremental was asked for, but nothing has been read yet": "foi pedida a incremental, mas nada se leu ainda",
    "real-time was asked for": "foi pedido tempo real",
    "incremental was asked for": "foi pedida a incremental",
    "batch was asked for": "foi pedida a completa",
    "{} products were named: more than {} cost as much as all": (
        "foram pedidos {0:n} produtos: mais de {1:n} custam tanto quanto todos"
    ),
    "{} products were named: they are read by id, in chunks": (
        "foram pedidos {0:n} produtos: são lidos pelo id, em lotes"
    ),
    "{} products were named and real-time is switched off": (
        "foram pedidos {0:n} produtos, e o tempo real está desligado"
    ),
    "{} products were named, and it is urgent: one request reads them": (
        "foram pedidos {0:n} produtos com urgência: uma requisição lê todos"
    ),
    "{} products were named: one request reads them": "foram pedidos {0:n} produtos: uma requisição lê todos",
    "no full sync has finished yet": "nenhuma sincronização completa terminou ainda",
    "the last covering sync began {} hours ago, more than {}": (
        "a última que cobriu tudo começou há {0:n} horas, mais de {1:n}"
    ),
    "the last complete walk began {} hours ago, more than {}": (
        "a última leitura integral começou há {0:n} horas, mais de {1:n}"
    ),
}
TUNING: dict[str, str] = {
    "Ploomes asked to slow down": "o Ploomes pediu para ir mais devagar",
    "no answer in time": "não houve resposta a tempo",
    "the answer was too large": "a resposta era grande demais",
    "Ploomes failed": "o Ploomes falhou",
    "an answer took {} s": "uma resposta levou {0:n} s",
    "an answer had {} MB": "uma resposta teve {0:n} MB",
    "answers come well, the last in {} s": "as respostas vêm bem, a última em {0:n} s",
}
HEALTH: dict[str, str] = {
    "Nothing is known of it before PostgreSQL answers.": "Nada se sabe disto antes de o PostgreSQL responder.",
    "PostgreSQL {} answered in {} ms.": "O PostgreSQL {0} respondeu em {1:n} ms.",
    "{} What is shown is {} s old.": "{0:t} O que está na tela tem {1:n} s.",
    "PostgreSQL does not answer.": "O PostgreSQL não responde.",
    "PostgreSQL has not been asked yet.": "O PostgreSQL ainda não foi consultado.",
    "PostgreSQL did not answer within {} s.": "O PostgreSQL não respondeu em {0:n} s.",
    "The schema has version {}, this program needs {}: run `ploomes-sync migrate`.": (
        "O esquema está na versão {0} e este programa precisa da {1}: execute `ploomes-sync migrate`."
    ),
    "The schema has version {}, newer than this program's {}: install a newer one.": (
        "O esquema está na versão {0}, mais nova que a {1} deste programa: instale um mais novo."
    ),
    "The schema has version {}.": "O esquema está na versão {0}.",
    "No key is set (PLOOME_API_KEY): only what is stored is served.": (
        "Falta a chave (PLOOME_API_KEY): só se mostra o que já está gravado."
    ),
    "Ploomes refused the key: it answered 401.": "O Ploomes recusou a chave: respondeu 401.",
    "Ploomes refused the key: {}": "O Ploomes recusou a chave: {0:t}",
    "Ploomes fails; it is asked again after a pause, and runs wait for it.": (
        "O Ploomes está falhando; ele é consultado de novo depois de uma pausa, e as execuções esperam."
    ),
    "Ploomes failed lately and is being tried again.": "O Ploomes falhou há pouco e está sendo testado de novo.",
    "Ploomes asked for a pause of {} s.": "O Ploomes pediu uma pausa de {0:n} s.",
    "Ploomes answers as far as is known.": "O Ploomes responde, até onde se sabe.",
    "No worker is running: start `ploomes-sync worker` or `ploomes-sync serve`.": (
        "Nenhum trabalhador está ativo: inicie `ploomes-sync worker` ou `ploomes-sync serve`."
    ),
    "{} jobs have failed within 24 hours.": "{0:n} tarefas falharam em 24 horas.",
    "{} at work, {} jobs waiting.": "{0:n} em trabalho, {1:n} tarefas na fila.",
    "No sync of everything has finished yet: run `ploomes-sync sync`.": (
        "Nenhuma sincronização de tudo terminou ainda: execute `ploomes-sync sync`."
    ),
    "The newest sync of everything began {} h ago, more than {} h: look at `ploomes-sync logs`.": (
        "A última sincronização de tudo começou há {0:n} h, mais de {1:n} h: veja as execuções."
    ),
    "The newest sync of everything began {} h ago, later than planned.": (
        "A última sincronização de tudo começou há {0:n} h, mais tarde do que o previsto."
    ),
    "The newest sync of everything began {} h ago.": "A última sincronização de tudo começou há {0:n} h.",
    "{} records wait: see `ploomes-sync quarantine list`.": "{0:n} registros esperam na quarentena.",
    "Nothing is in quarantine.": "Nada está em quarentena.",
    "No deletion waits for a person.": "Nenhuma exclusão espera por alguém.",
    "{} deletions wait for a person: if they are right, `ploomes-sync confirm {}`.": (
        "{0:n} exclusões esperam por alguém: se estiverem certas, confirme na página da execução."
    ),
    "Ploomes had {} products at the last full sync, the mirror had {} and {} were in quarantine: "
    "a full sync finds what differs.": (
        "O Ploomes tinha {0:n} produtos na última leitura completa; aqui havia {1:n}, e {2:n} em quarentena: "
        "uma sincronização completa encontra a diferença."
    ),
    "All {} products that Ploomes had at the last full sync were here.": (
        "Os {0:n} produtos que o Ploomes tinha na última leitura completa estavam aqui."
    ),
    "All {} products that Ploomes had at the last full sync were here, {} of them in quarantine.": (
        "Os {0:n} produtos que o Ploomes tinha na última leitura completa estavam aqui, {1:n} em quarentena."
    ),
    "Ploomes has not told yet how many products it has.": "O Ploomes ainda não disse quantos produtos tem.",
    "{} GB ({}%) of the disk are free: make room.": "Há {0:n} GB ({1:n} %) livres no disco: libere espaço.",
    "{} GB ({}%) of the disk are free.": "Há {0:n} GB ({1:n} %) livres no disco.",
    "{} products wait to be fetched, the oldest for {} s: {}": (
        "{0:n} produtos esperam para ser lidos, o mais antigo há {1:n} s: {2:t}"
    ),
    "{} products wait to be fetched, the oldest for {} s.": (
        "{0:n} produtos esperam para ser lidos, o mais antigo há {1:n} s."
    ),
    "No webhooks are registered; changes come with the next sync.": (
        "Nenhum webhook está registrado; as mudanças chegam com a próxima sincronização."
    ),
}
ADVICE: dict[str, str] = {
    "Ploomes could not be reached or failed: nothing to do if it heals; else check PLOOME_API_URL and the "
    "network.": (
        "O Ploomes não respondeu ou falhou: nada a fazer se passar; senão, confira PLOOME_API_URL e a rede."
    ),
    "Ploomes asked to slow down: if it lasts, leave more to the other integrations by API_RATE_LIMIT_RESERVE.": (
        "O Ploomes pediu para ir mais devagar: se persistir, deixe mais para as outras integrações com "
        "API_RATE_LIMIT_RESERVE."
    ),
    "PostgreSQL failed: run `ploomes-sync doctor`, which says what it lacks.": (
        "O PostgreSQL falhou: execute `ploomes-sync doctor`, que diz o que falta."
    ),
    "A setting, a rule or a request was refused: `ploomes-sync logs` has the run's error.": (
        "Um ajuste, uma regra ou um pedido foi recusado: o erro está na página da execução."
    ),
    "Ploomes refused the key: put the integration user's current key into PLOOME_API_KEY.": (
        "O Ploomes recusou a chave: ponha a chave atual do usuário de integração em PLOOME_API_KEY."
    ),
    "Unexpected: set DEBUG=product-sync:* and look at the log for the traceback.": (
        "Inesperado: use DEBUG=product-sync:* e procure o erro completo no log."
    ),
}
SOURCE: dict[str, str] = {
    "Ploomes refused the key (401). Check PLOOME_API_KEY.": (
        "O Ploomes recusou a chave (401). Confira PLOOME_API_KEY."
    ),
    "Ploomes refused the query (403{}): a field that does not exist or a permission that the key's user lacks. "
    "The query was {}": (
        "O Ploomes recusou a consulta (403{0}): um campo que não existe ou uma permissão que falta ao usuário da "
        "chave. A consulta foi {1}"
    ),
    "Ploomes asks to slow down (429{}).": "O Ploomes pede para ir mais devagar (429{0}).",
    "Ploomes answered {}. The query was {}": "O Ploomes respondeu {0}. A consulta foi {1}",
    "Ploomes answered 200 with something that is no page: {}": (
        "O Ploomes respondeu 200 com algo que não é uma página: {0}"
    ),
    "Ploomes answered {}.": "O Ploomes respondeu {0}.",
    "Ploomes' answer was cut short after {} bytes.": "A resposta do Ploomes foi cortada depois de {0:n} bytes.",
    "Ploomes did not answer in time.": "O Ploomes não respondeu a tempo.",
    "Ploomes cannot be reached at {}: {}.": "Não se alcança o Ploomes em {0}: {1}.",
    "{} It failed repeatedly; next try in {} s.": "{0:t} Falhou repetidas vezes; nova tentativa em {1:n} s.",
    "Ploomes is in trouble.": "O Ploomes está com problemas.",
    "Ploomes sent an empty answer without a count.": "O Ploomes mandou uma resposta vazia, sem contagem.",
    "Ploomes counts {} products and sends an empty page.": (
        "O Ploomes conta {0:n} produtos e manda uma página vazia."
    ),
    "Ploomes sent a page without a single readable Id.": "O Ploomes mandou uma página sem nenhum Id legível.",
    "Ploomes did not send the page in the order of Id.": "O Ploomes não mandou a página na ordem do Id.",
    "Ploomes sent products outside the asked range of Id.": "O Ploomes mandou produtos fora da faixa pedida.",
    "Ploomes sent the same page of {} twice.": "O Ploomes mandou duas vezes a mesma página de {0}.",
    "Ploomes no longer knows products that were alive a moment ago.": (
        "O Ploomes não conhece mais produtos que existiam há um momento."
    ),
}
STORE: dict[str, str] = {
    "PostgreSQL is not available just now: {}.": "O PostgreSQL não está disponível agora: {0}.",
    "PostgreSQL refused a statement: {}.": "O PostgreSQL recusou um comando: {0}.",
    "PostgreSQL refused a row: {}.": "O PostgreSQL recusou um registro: {0}.",
    "The database lacks what this version needs ({}): run `ploomes-sync migrate`.": (
        "Falta ao banco o que esta versão precisa ({0}): execute `ploomes-sync migrate`."
    ),
    "The database lacks what this version needs: run `ploomes-sync migrate`.": (
        "Falta ao banco o que esta versão precisa: execute `ploomes-sync migrate`."
    ),
    "The database role lacks a right: {}.": "Falta uma permissão ao papel do banco: {0}.",
    "The database's disk is full: {}.": "O disco do banco está cheio: {0}.",
    "The connection pooler is full: {}.": "O pooler de conexões está cheio: {0}.",
    "The connection pooler has no way to the database just now: {}.": (
        "O pooler de conexões não chega ao banco agora: {0}."
    ),
    "The database takes no writes just now: {}. On Supabase that is what a full disk does.": (
        "O banco não aceita gravações agora: {0}. No Supabase é o que faz um disco cheio."
    ),
}
REFUSALS: dict[str, str] = {
    "This record is not in quarantine (any more).": "Este registro não está (mais) em quarentena.",
    "There is no such check.": "Não há esta verificação.",
    "There is no file of this sort.": "Não há arquivo deste tipo.",
    "There is no such token in use.": "Não há este token em uso.",
    "There is no run of this id.": "Não há execução com este id.",
    "PLOOME_API_KEY: is not set. Put the key of Ploomes' integration user into the environment or .env, "
    "or run `ploomes-sync demo` to try everything without an account.": (
        "Falta PLOOME_API_KEY. Ponha a chave do usuário de integração do Ploomes no ambiente ou no .env, ou "
        "execute `ploomes-sync demo` para experimentar sem conta."
    ),
    "Unknown category {}: the profile has {}.": "A categoria {0} não existe: o perfil tem {1}.",
    "A real-time sync needs product ids: add --id.": "Uma sincronização em tempo real precisa de ids de produtos.",
    "A real-time sync takes at most {} products, {} were named: name fewer, or set REAL_TIME_EXCESS=chunk.": (
        "O tempo real lê no máximo {0:n} produtos, e foram pedidos {1:n}: peça menos, ou use "
        "REAL_TIME_EXCESS=chunk."
    ),
    "An idempotency key has 1 to {} printable characters.": (
        "Uma chave de idempotência tem de 1 a {0:n} caracteres visíveis."
    ),
    "This idempotency key stands for another request: use a new key, or send the same request again.": (
        "Este formulário já foi usado para outro pedido: abra a página de novo."
    ),
    "There is no run {}.": "A execução {0} não existe.",
    "Another sync of all products is at work: confirm again when it has ended.": (
        "Outra sincronização de todos os produtos está em andamento: confirme de novo quando ela terminar."
    ),
    "Run {} does not wait for a confirmation: it is {}.": "A execução {0} não espera confirmação: está {1:t}.",
    "Run {} cannot be cancelled: it is {}.": "A execução {0} não pode ser cancelada: está {1:t}.",
    "queued": "na fila",
    "running": "em andamento",
    "needs confirmation": "à espera de confirmação",
    "succeeded": "concluída",
    "partial": "parcial",
    "failed": "encerrada com falha",
    "cancelled": "cancelada",
    "Another process has taken over this run.": "Outro processo assumiu esta execução.",
    "Another process has taken over this run: look at the run again.": (
        "Outro processo assumiu esta execução: veja a execução de novo."
    ),
    "Nothing in quarantine can be fetched by id: a full sync meets the rest again.": (
        "Nada na quarentena pode ser lido pelo id: uma sincronização completa encontra o resto de novo."
    ),
    "There is no product of this id or code.": "Não há produto com este id ou código.",
    "This needs the scope {}, and you have {}: sign in with a token that has it.": (
        "Isto precisa do escopo {0}, e você tem {1}: entre com um token que o tenha."
    ),
    "This token is unknown, revoked or has run out.": "Este token não existe, foi revogado ou venceu.",
    "Tokens cannot be checked, the database does not answer.": (
        "Não é possível verificar tokens: o banco não responde."
    ),
    "Without a token only this machine itself is served: `ploomes-sync tokens add` makes one.": (
        "Sem token só este computador é atendido: `ploomes-sync tokens add` cria um."
    ),
    "Without a token the service answers to localhost and 127.0.0.1 only.": (
        "Sem token o serviço só atende em localhost e 127.0.0.1."
    ),
    "Web pages of other origins are not served: set HTTP_CORS_ORIGINS to allow one.": (
        "Páginas de outras origens não são atendidas: permita uma em HTTP_CORS_ORIGINS."
    ),
    "More than {} requests a minute came from here: wait {} s.": (
        "Vieram daqui mais de {0:n} pedidos por minuto: espere {1:n} s."
    ),
    "The body may have {} bytes.": "O pedido pode ter no máximo {0:n} bytes.",
    "The body did not come in time: send it again.": "O pedido não chegou a tempo: envie de novo.",
    "The request took too long and was given up: try again later.": (
        "O pedido demorou demais e foi abandonado: tente mais tarde."
    ),
    "{} streams of events are open already: close one.": "Já há {0:n} páginas ao vivo abertas: feche uma.",
    "The service is starting or ending: try again in a moment.": (
        "O serviço está iniciando ou terminando: tente de novo em um momento."
    ),
    "The service has too much to do just now: try again in a second.": (
        "O serviço está ocupado demais agora: tente de novo em um segundo."
    ),
    "The database does not answer just now: try again in a moment.": (
        "O banco não responde agora: tente de novo em um momento."
    ),
    "The database cannot work with these values: change the request.": (
        "O banco não aceita estes valores: mude o pedido."
    ),
    "The request could not be done; the log of the service tells why under this id.": (
        "O pedido não pôde ser feito; o log do serviço diz por quê, com o número abaixo."
    ),
    "Not Found.": "Não há nada neste endereço.",
    "Method Not Allowed.": "Este endereço não aceita esse tipo de pedido.",
}
RECORDS: dict[str, str] = {
    "Name is missing, blank or no text": "falta o nome, está em branco ou não é texto",
    "the record has no Id": "o registro não tem Id",
    "Id {} is no whole number": "o Id {0} não é um número inteiro",
    "Id {} is not between 1 and {}": "o Id {0} não está entre 1 e {1}",
    "nested deeper than {} levels": "mais de {0:n} níveis de profundidade",
    "{} bytes, more than {}": "{0:n} bytes, mais de {1:n}",
    "{}: {} is no date": "{0}: {1} não é uma data",
    "UnitPrice: {} is too large for a price": "UnitPrice: {0} é grande demais para um preço",
    "the record: expected an object": "o registro não é um objeto",
    "{}: expected {} or {}, got {}": "{0}: esperava-se {1:t} ou {2:t}, veio {3:t}",
    "{}: expected {}, got {}": "{0}: esperava-se {1:t}, veio {2:t}",
    "a whole number": "um número inteiro",
    "a number": "um número",
    "text": "texto",
    "true or false": "verdadeiro ou falso",
    "a list": "uma lista",
    "an object": "um objeto",
    "JSON is malformed: {} (byte {})": "malformado: {0} (byte {1})",
    "Input data was truncated": "termina antes do fim",
    "not JSON: {}": "não é JSON: {0:t}",
    "no sane number: {}": "número sem sentido: {0}",
}
CLASSIFYING: dict[str, str] = {
    "no rule applies": "nenhuma regra se aplica",
    "no condition holds": "nenhuma condição se cumpre",
    "no rule names another type": "nenhuma regra indica outro tipo",
    "it has parts": "tem componentes",
    "the brand field says so": "o campo de marca diz isso",
    "the name of the group": "o nome do grupo",
    "the name of the family": "o nome da família",
    "kept as it came": "guardado como veio",
    'the field "{}"': "o campo “{0}”",
    'the field "{}" is filled': "o campo “{0}” está preenchido",
    "the type is {}": "o tipo é {0}",
    "the brand is {}": "a marca é {0}",
    "the group is {}": "o grupo é {0}",
    "the family is {}": "a família é {0}",
    "the code starts with {}": "o código começa com {0}",
    "the code contains {}": "o código contém {0}",
    '"{}" is in the code': "“{0}” está no código",
    '"{}" is in the name': "“{0}” está no nome",
    '"{}" is in the brand field': "“{0}” está no campo de marca",
    '"{}" is in the group': "“{0}” está no grupo",
    '"{}" is in the family': "“{0}” está na família",
    "created by {}": "criado por {0}",
}

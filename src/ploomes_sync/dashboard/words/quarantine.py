"""Words of the quarantine: what each reason means and what to do about it."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "quarantine.title": ("Quarentena", "Quarantine"),
    "quarantine.lead": (
        (
            "Registros do Ploomes que não puderam ser gravados. O resto do catálogo não espera por eles: cada um "
            "é lido de novo assim que mudar no Ploomes, ou quando você pedir."
        ),
        (
            "Records of Ploomes that could not be stored. The rest of the catalogue does not wait for them: each "
            "is read again once it changes in Ploomes, or when you ask for it."
        ),
    ),
    "quarantine.reasons": ("Por motivo", "By reason"),
    "quarantine.records": ("Registros", "Records"),
    "quarantine.count": ("{n} registro|{n} registros", "{n} record|{n} records"),
    "quarantine.reason": ("Motivo", "Reason"),
    "quarantine.fault": ("O que há de errado", "What is wrong"),
    "quarantine.product": ("Id no Ploomes", "Id in Ploomes"),
    "quarantine.no_id": ("sem id", "no id"),
    "quarantine.first": ("Desde", "Since"),
    "quarantine.last": ("Visto por último", "Last seen"),
    "quarantine.run": ("Execução", "Run"),
    "quarantine.run.of": ("Execução {id}", "Run {id}"),
    "quarantine.every_reason": ("Todos os motivos", "All reasons"),
    "quarantine.every_run": ("Ver os de todas as execuções", "Show those of all runs"),
    "quarantine.of_run": (
        "Só os registros que a execução {id} encontrou por último.",
        "Only the records that run {id} was the last to meet.",
    ),
    "quarantine.empty": ("A quarentena está vazia", "The quarantine is empty"),
    "quarantine.empty.text": (
        "Todos os registros que o Ploomes entregou foram gravados.",
        "Every record that Ploomes has delivered is stored.",
    ),
    "quarantine.empty.chosen": ("Nenhum registro com este filtro", "No record fits this filter"),
    "quarantine.empty.chosen.text": (
        "Os registros podem ter sido gravados ou ter saído do Ploomes.",
        "The records may have been stored since, or have left Ploomes.",
    ),
    "quarantine.retry": ("Tentar de novo", "Try again"),
    "quarantine.retry_all": ("Tentar todos de novo", "Try all again"),
    "quarantine.retry.limit": (
        "De uma vez são pedidos no máximo 1.000 produtos.",
        "At most 1,000 products are asked for at once.",
    ),
    "quarantine.retry.no_id": (
        "Sem id não há como pedir este registro: só uma leitura completa o encontra de novo.",
        "Without an id this record cannot be asked for: only a full sync meets it again.",
    ),
    "quarantine.retry.some": (
        (
            "{n} sem id: só uma leitura completa o encontra de novo.|"
            "{n} sem id: só uma leitura completa os encontra de novo."
        ),
        "{n} has no id: only a full sync meets it again.|{n} have no id: only a full sync meets them again.",
    ),
    "quarantine.said.none": (
        "Nada foi pedido: nenhum destes registros tem um id.",
        "Nothing was asked for: none of these records has an id.",
    ),
    "quarantine.full": ("Sincronizar tudo…", "Sync everything…"),
    "quarantine.record": ("Registro {n}", "Record {n}"),
    "quarantine.why": ("Por que está aqui", "Why it is here"),
    "quarantine.what_to_do": ("O que fazer", "What to do"),
    "quarantine.payload": ("Conteúdo recebido", "What was received"),
    "quarantine.payload.raw": (
        "Não pôde ser formatado: aparece como chegou.",
        "It could not be formatted: it is shown as it came.",
    ),
    "quarantine.payload.cut": (
        "Aparecem {n} linhas de {all}; o arquivo tem tudo.",
        "{n} lines of {all} are shown; the file holds everything.",
    ),
    "quarantine.open_product": ("Ver o produto", "See the product"),
    "quarantine.older": (
        "Se o produto já foi gravado antes, continua no catálogo como estava.",
        "If the product was stored before, it stays in the catalogue as it was.",
    ),
    "reason.unreadable": ("Ilegível", "Unreadable"),
    "reason.unreadable.means": (
        "O registro não é um JSON que se possa ler.",
        "The record is no JSON that can be read.",
    ),
    "reason.unreadable.do": (
        (
            "Em geral some na próxima leitura. Se continuar, abra e salve o produto no Ploomes; se nem assim, "
            "fale com o suporte do Ploomes e envie o conteúdo."
        ),
        (
            "As a rule it goes with the next sync. If not, open and save the product in Ploomes; if that does not "
            "help, send the content to Ploomes' support."
        ),
    ),
    "reason.no_id": ("Sem id", "No id"),
    "reason.no_id.means": ("O registro veio sem Id.", "The record came without an Id."),
    "reason.no_id.do": (
        "É um defeito na resposta do Ploomes. Uma leitura completa confere de novo.",
        "This is a defect in Ploomes' answer. A full sync looks again.",
    ),
    "reason.bad_id": ("Id inválido", "Bad id"),
    "reason.bad_id.means": (
        "O Id não é um número inteiro que o banco possa guardar.",
        "The Id is no whole number that the database can hold.",
    ),
    "reason.bad_id.do": (
        "É um defeito na resposta do Ploomes. Uma leitura completa confere de novo.",
        "This is a defect in Ploomes' answer. A full sync looks again.",
    ),
    "reason.no_name": ("Sem nome", "No name"),
    "reason.no_name.means": ("O produto está sem nome.", "The product has no name."),
    "reason.no_name.do": (
        "Dê um nome ao produto no Ploomes (ou no Omie, se vem de lá) e tente de novo.",
        "Give the product a name in Ploomes (or in Omie, if it comes from there), then try again.",
    ),
    "reason.bad_type": ("Tipo errado", "Wrong type"),
    "reason.bad_type.means": (
        "Um campo traz outro tipo de valor, como texto onde deve haver um número.",
        "A field holds another sort of value, such as text where a number belongs.",
    ),
    "reason.bad_type.do": (
        "Corrija no Ploomes o campo marcado e tente de novo.",
        "Mend the marked field in Ploomes, then try again.",
    ),
    "reason.number_overflow": ("Número grande demais", "Number too large"),
    "reason.number_overflow.means": (
        "Um número é maior do que qualquer preço ou quantidade de verdade.",
        "A number is larger than any real price or quantity.",
    ),
    "reason.number_overflow.do": (
        "Corrija o valor no Ploomes e tente de novo.",
        "Mend the value in Ploomes, then try again.",
    ),
    "reason.bad_date": ("Data inválida", "Bad date"),
    "reason.bad_date.means": ("Uma data do registro não existe.", "A date of the record is none."),
    "reason.bad_date.do": (
        "Salve o produto de novo no Ploomes, para que a data seja reescrita, e tente de novo.",
        "Save the product in Ploomes once more, so that the date is written anew, then try again.",
    ),
    "reason.too_deep": ("Aninhado demais", "Nested too deeply"),
    "reason.too_deep.means": (
        "O registro tem níveis demais dentro de outros.",
        "The record has too many levels within each other.",
    ),
    "reason.too_deep.do": (
        "Nenhum produto comum é assim: envie o conteúdo ao suporte do Ploomes.",
        "No common product looks like this: send the content to Ploomes' support.",
    ),
    "reason.too_large": ("Grande demais", "Too large"),
    "reason.too_large.means": ("O registro tem mais de 1 MB.", "The record is larger than 1 MB."),
    "reason.too_large.do": (
        "Veja se um campo de texto guarda um arquivo inteiro, esvazie-o no Ploomes e tente de novo.",
        "See whether a text field holds a whole file, empty it in Ploomes, then try again.",
    ),
    "reason.refused_by_database": ("Recusado pelo banco", "Refused by the database"),
    "reason.refused_by_database.means": (
        "O PostgreSQL não aceitou o produto, por exemplo por uma regra acrescentada à tabela.",
        "PostgreSQL did not accept the product, for instance by a rule that was added to the table.",
    ),
    "reason.refused_by_database.do": (
        "Veja a mensagem abaixo: ela diz qual regra ou coluna recusou o valor.",
        "See the message below: it names the rule or the column that refused the value.",
    ),
}

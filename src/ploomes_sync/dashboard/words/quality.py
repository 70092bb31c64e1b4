"""Words of the quality of data: what each check looks for and why it matters."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "quality.title": ("Qualidade dos dados", "Data quality"),
    "quality.lead": (
        (
            "O que falta ou destoa nos produtos ativos. Nada disso impede a sincronização: corrige-se no Ploomes "
            "ou no Omie, e a próxima leitura traz."
        ),
        (
            "What is missing or odd in active products. None of it stops a sync: it is mended in Ploomes or in "
            "Omie, and the next sync brings it."
        ),
    ),
    "quality.checks": ("Verificações", "Checks"),
    "quality.count": ("{n} produto|{n} produtos", "{n} product|{n} products"),
    "quality.of_all": ("{share} dos produtos ativos", "{share} of the active products"),
    "quality.none": ("Nada a corrigir", "Nothing to mend"),
    "quality.none.text": (
        "Nenhum produto ativo tem este problema.",
        "No active product has this fault.",
    ),
    "quality.empty": ("Ainda não há produtos", "There are no products yet"),
    "quality.empty.text": (
        "As verificações aparecem depois da primeira sincronização.",
        "The checks appear after the first sync.",
    ),
    "quality.csv": ("CSV", "CSV"),
    "quality.xlsx": ("Excel", "Excel"),
    "quality.download": ("Baixar a lista inteira em {format}", "Download the whole list as {format}"),
    "quality.ncm": ("NCM", "NCM"),
    "quality.changed": ("Mudou no Ploomes", "Changed in Ploomes"),
    "check.no_code": ("Sem código", "No code"),
    "check.no_code.means": ("O produto não tem código.", "The product has no code."),
    "check.no_code.why": (
        "Sem código ele não se liga ao Omie nem se acha pela busca de peças.",
        "Without a code it cannot be tied to Omie, nor be found by its part number.",
    ),
    "check.price_zero": ("Preço zero", "Price of zero"),
    "check.price_zero.means": ("O preço é zero ou não foi informado.", "The price is zero or is not given."),
    "check.price_zero.why": (
        "Uma proposta pode sair de graça sem que ninguém perceba.",
        "A quote may go out for free without anybody noticing.",
    ),
    "check.duplicate_code": ("Código repetido", "Code used twice"),
    "check.duplicate_code.means": (
        "Mais de um produto ativo tem o mesmo código, a menos de acentos e maiúsculas.",
        "More than one active product has the same code, accents and case aside.",
    ),
    "check.duplicate_code.why": (
        "Não se sabe qual preço e qual estoque valem.",
        "Nobody can tell which price and which stock hold.",
    ),
    "check.no_category": ("Sem categoria", "No category"),
    "check.no_category.means": (
        "Nem o grupo do Ploomes nem as regras do perfil dizem a categoria.",
        "Neither Ploomes' group nor the rules of the profile tell the category.",
    ),
    "check.no_category.why": (
        "O produto não aparece em nenhum filtro por categoria.",
        "The product shows up in no filter by category.",
    ),
    "check.no_ncm": ("Sem NCM", "No NCM"),
    "check.no_ncm.means": (
        "Falta o NCM; serviços e locações não precisam dele.",
        "The NCM is missing; services and rentals need none.",
    ),
    "check.no_ncm.why": (
        "Sem NCM a nota fiscal não pode ser emitida.",
        "Without an NCM no invoice can be issued.",
    ),
    "check.not_updated": ("Parado há um ano", "Unchanged for a year"),
    "check.not_updated.means": (
        "Nada mudou no produto há mais de um ano.",
        "Nothing in the product has changed for more than a year.",
    ),
    "check.not_updated.why": (
        "O preço pode estar velho, ou o produto já não se vende.",
        "The price may be old, or the product is no longer sold.",
    ),
}

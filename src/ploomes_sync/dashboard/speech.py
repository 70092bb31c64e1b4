"""How the dashboard speaks: its words, numbers, money and times in the reader's language and time zone (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers

from ploomes_sync.dashboard.words import WORDS
from ploomes_sync.dashboard.words.sentences import translated

LANGUAGES = ("pt", "en")
NOTHING = "–"
_LOCALES = {"pt": Locale("pt", "BR"), "en": Locale("en", "US")}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_KIB = 1024
_TENTHS_BELOW = 10


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of one language, and times in one zone; `now` is when the page is made."""

    language: str
    zone: ZoneInfo
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def locale(self) -> Locale:
        """How Babel names the language."""
        return _LOCALES[self.language]

    @property
    def html(self) -> str:
        """The language as HTML names it."""
        return "pt-BR" if self.language == "pt" else "en"

    def t(self, key: str, **values: object) -> str:
        """Return the words for a key, filled in; raises KeyError when there are none.

        Words in two forms, `one|more`, choose by `n`. Numbers are written as the language writes them.
        """
        words = WORDS[key][LANGUAGES.index(self.language)]
        if "|" in words:
            one, more = words.split("|", 1)
            words = one if values["n"] in (0, 1) and self._is_one(values["n"]) else more
        return words.format(**{name: self._shown(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """Tell whether there are words for a key."""
        return key in WORDS

    def name(self, group: str, value: object) -> str:
        """Name a value that may be new to the dashboard, such as a segment; itself when it has no words."""
        key = f"{group}.{value}"
        return self.t(key) if key in WORDS else str(value)

    def say(self, sentence: str) -> str:
        """Return a sentence that the service speaks in English in the reader's language, if it is a known one."""
        return translated(sentence) if self.language == "pt" else sentence

    def number(self, value: float | Decimal | None, digits: int = 0) -> str:
        """Write a number with its groups."""
        if value is None:
            return NOTHING
        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return numbers.format_decimal(value, format=pattern, locale=self.locale)

    def signed(self, value: int | None) -> str:
        """Write a change with its sign."""
        if value is None:
            return NOTHING
        return "±0" if value == 0 else f"{'+' if value > 0 else '−'}{self.number(abs(value))}"

    def money(self, value: Decimal | float | None, currency: str | None = "BRL") -> str:
        """Write an amount of money."""
        if value is None:
            return NOTHING
        return numbers.format_currency(value, currency or "BRL", locale=self.locale).replace("\xa0", " ")

    def share(self, value: float | None, digits: int = 1) -> str:
        """Write a share of 1 as per cent; little is never written as nothing, nor almost all as all."""
        if value is None:
            return NOTHING
        edge = 10.0**-digits
        percent = value * 100
        if 0 < percent < edge:
            return f"< {self.number(edge, digits)} %"
        if 100 - edge < percent < 100:  # noqa: PLR2004 - per cent
            percent = 100 - edge
        return f"{self.number(percent, digits)} %"

    def bytes(self, value: float | None) -> str:
        """Write a size."""
        if value is None:
            return NOTHING
        for unit in ("B", "kB", "MB", "GB"):
            if abs(value) < _KIB or unit == "GB":
                break
            value /= _KIB
        return f"{self.number(value, 1 if value < _TENTHS_BELOW and unit != 'B' else 0)} {unit}"

    def duration(self, seconds: float | None) -> str:
        """Write a span of seconds, with the two units that matter."""
        if seconds is None:
            return NOTHING
        if round(seconds * 1000) < 1000:  # noqa: PLR2004 - milliseconds
            return f"{self.number(round(seconds * 1000))} ms"
        if seconds < _MINUTE:
            return f"{self.number(seconds, 1 if seconds < _TENTHS_BELOW else 0)} s"
        for unit, size, below, part in (
            ("min", _MINUTE, "s", 1),
            ("h", _HOUR, "min", _MINUTE),
            ("d", _DAY, "h", _HOUR),
        ):
            if seconds < size * 60 or unit == "d" or (unit == "h" and seconds < _DAY):
                whole, rest = divmod(int(seconds) // part * part, size)
                few = whole < _TENTHS_BELOW and rest // part
                return f"{self.number(whole)} {unit}" + (f" {rest // part} {below}" if few else "")
        raise AssertionError

    def ago(self, moment: datetime | None) -> str:
        """Write how long ago something was, or how soon it will be."""
        if moment is None:
            return self.t("never")
        seconds = (self.now - moment).total_seconds()
        if abs(seconds) < 2:  # noqa: PLR2004 - a blink
            return self.t("now")
        span = max(1, round(abs(seconds)))
        whole = span if span < _MINUTE else span // _MINUTE * _MINUTE
        return self.t("ago" if seconds > 0 else "in", span=self.duration(whole))

    def moment(self, moment: datetime | None, *, seconds: bool = False) -> str:
        """Write a date and time of day, the year only when it is another."""
        if moment is None:
            return NOTHING
        local = moment.astimezone(self.zone)
        day = "dd/MM" if self.language == "pt" else "MMM d"
        if local.year != self.now.astimezone(self.zone).year:
            day = "dd/MM/yyyy" if self.language == "pt" else "MMM d, yyyy"
        clock = "HH:mm:ss" if seconds else "HH:mm"
        return dates.format_datetime(local, f"{day} {clock}", locale=self.locale)

    def day(self, moment: datetime | None) -> str:
        """Write a date."""
        if moment is None:
            return NOTHING
        return dates.format_date(
            moment.astimezone(self.zone).date(), "short" if self.language == "pt" else "medium", locale=self.locale
        )

    def full(self, moment: datetime) -> str:
        """Write a moment in full, for whoever wants to know exactly."""
        return dates.format_datetime(moment.astimezone(self.zone), "medium", locale=self.locale)

    def _is_one(self, value: object) -> bool:
        """Portuguese counts nothing as one thing, English as many."""
        return value == 1 or self.language == "pt"

    def _shown(self, value: object) -> object:
        return self.number(value) if isinstance(value, int) and not isinstance(value, bool) else value

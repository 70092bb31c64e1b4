"""How the simulator behaves: every knob of the pretend Ploomes, settable at start and while it runs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """One value per behaviour; the defaults are the likeliest behaviour of the real service."""

    products: int = 11_793
    """Number of products in the catalogue at start."""
    seed: int = 7
    """Seed of the catalogue and of everything random."""
    key: str | None = None
    """The only User-Key that is accepted; without it any non-empty key is."""
    latency_ms: float = 0.0
    """Time added to every answer."""
    latency_jitter_ms: float = 0.0
    """Random extra time, from 0 to this."""

    max_top: int = 300
    """Most rows in one answer, 0 for no limit."""
    max_top_mode: Literal["cut", "error"] = "cut"
    """A larger $top is silently cut, or refused with 400."""
    page_size: int = 300
    """Rows in an answer when no $top was sent."""
    next_link: bool = True
    """Send @odata.nextLink when no $top was sent and more rows follow."""
    next_link_host: str = "public9-api2.ploomes.com"
    """Host named in @odata.context and @odata.nextLink."""
    next_link_form: Literal["skip", "skiptoken"] = "skip"
    """Option that carries the position in a nextLink."""
    default_order: Literal["shuffled", "stable"] = "shuffled"
    """Order of rows without $orderby."""
    get_by_key: Literal["missing", "list"] = "missing"
    """GET /Products(id) answers 404, or 200 with a list of one."""
    unknown_name_status: Literal[403, 400] = 403
    """Status when a name in $select, $filter, $expand or $orderby does not exist."""
    unknown_option: Literal["ignored", "refused"] = "ignored"
    """What happens to options such as $offset."""
    text_compare: Literal["insensitive", "sensitive"] = "insensitive"
    """How text is compared in filters and orders."""
    supports_count: bool = True
    """Honour $count=true; otherwise it is ignored."""
    plus_is_blank: bool = True
    """Decode + in the query string as a blank; otherwise a bare + in a filter is a 400."""
    max_url_bytes: int = 8192
    """Longest path and query before 414, 0 for no limit."""
    max_answer_bytes: int = 10_000_000
    """Largest answer before 413, 0 for no limit."""

    rate_per_minute: int = 120
    """Requests allowed per minute, 0 for no limit."""
    rate_window: Literal["fixed", "sliding"] = "fixed"
    """The minute is the clock's, or the last 60 seconds."""
    retry_after: Literal["none", "seconds", "date"] = "none"
    """Form of the Retry-After header on a refusal for rate."""
    over_limit: Literal["refused", "empty"] = "refused"
    """Over the rate: 429, or 200 with an empty list."""
    max_concurrency: int = 6
    """Requests allowed at a time, 0 for no limit."""

    other_properties_patch: Literal["merge", "replace"] = "merge"
    """OtherProperties in a PATCH are merged by field, or replace all."""
    custom_change_moves_date: bool = True
    """A change of custom fields alone moves LastUpdateDate."""
    equal_dates: bool = False
    """Changes within one millisecond may share a LastUpdateDate."""

    fault_429: float = 0.0
    """Share of requests refused as over the rate."""
    fault_429_retry_after: float = 0.0
    """Share of requests refused as over the rate, with Retry-After."""
    fault_500: float = 0.0
    """Share of requests answered 500 with an HTML page."""
    fault_502: float = 0.0
    """Share of requests answered 502 with an HTML page."""
    fault_503: float = 0.0
    """Share of requests answered 503 with an HTML page."""
    fault_504: float = 0.0
    """Share of requests answered 504 with an HTML page."""
    fault_html_in_json: float = 0.0
    """Share of requests answered 502 with an HTML page inside a JSON string."""
    fault_timeout: float = 0.0
    """Share of requests that are never answered."""
    fault_cut: float = 0.0
    """Share of answers cut in mid-body."""
    fault_slow: float = 0.0
    """Share of answers that arrive slowly."""
    fault_empty: float = 0.0
    """Share of list answers that are 200 and empty."""
    fault_garbage: float = 0.0
    """Share of answers that are HTML with status 200."""
    fault_wrong_shape: float = 0.0
    """Share of answers where `value` is a string."""
    storm_length: int = 1
    """A random 429 is followed by this many in all."""
    storm_retry_after: int = 2
    """Seconds named by the Retry-After of a fault."""
    hang_seconds: float = 120.0
    """How long an unanswered request is held before its connection is closed."""
    slow_seconds: float = 3.0
    """How long a slow answer takes."""
    outage: bool = False
    """Everything is answered 503."""
    visible_products: int | None = None
    """Lists show only this many first products, as if the rest had been wiped."""

    churn_per_request: int = 0
    """Random changes around each list of products."""
    churn_per_second: float = 0.0
    """Random changes per second in the background."""

    webhook_retries: int = 0
    """Further tries after a failed webhook."""
    webhook_entity: Literal["plural", "singular"] = "plural"
    """Entity is named Products or Product in a webhook."""
    webhook_missing_side: Literal["absent", "null"] = "absent"
    """How New of a delete and Old of a create are sent."""
    webhook_duplicate_rate: float = 0.02
    """Share of webhooks sent twice."""
    webhook_reorder_rate: float = 0.02
    """Share of webhooks that overtake the one before."""
    webhook_failures_allowed: int = 5
    """Failures in a row before a webhook is turned off, 0 for never."""
    webhook_timeout: float = 10.0
    """Seconds a receiver has to answer."""


class SettingError(ValueError):
    """A setting that does not exist, or a value that does not fit it."""


_NAMES = frozenset(field.name for field in fields(SimulatorSettings))
_FIXED_AT_START = frozenset({"products", "seed"})


def change_settings(settings: SimulatorSettings, changes: Mapping[str, object]) -> SimulatorSettings:
    """Return settings with some values replaced; the catalogue's size and seed are fixed at start."""
    unknown = sorted(set(changes) - _NAMES)
    if unknown:
        raise SettingError(f"No such setting: {', '.join(unknown)}.")
    fixed = sorted(set(changes) & _FIXED_AT_START)
    if fixed:
        raise SettingError(f"Fixed at start: {', '.join(fixed)}.")
    try:
        return msgspec.convert({**asdict(settings), **changes}, SimulatorSettings)
    except msgspec.ValidationError as error:
        raise SettingError(str(error)) from error

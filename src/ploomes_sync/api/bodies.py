"""What may be asked for in a body or a query; pydantic lives here, and unknown names are refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator
from pydantic.alias_generators import to_camel

from ploomes_sync.api.problems import INVALID, ApiError, Fault
from ploomes_sync.domain.history import MAX_LIMIT, LogQuery
from ploomes_sync.domain.quality import MAX_LIMIT as MOST_FAULTS
from ploomes_sync.domain.run import RunStatus, Strategy, SyncRequest, Urgency
from ploomes_sync.errors import ErrorClass
from ploomes_sync.service.exports import Lang

ORIGIN = "api"
_MOST_IDS = 10_000
_BIGINT = (1 << 63) - 1

ContextWord = Literal["affects_pricing", "stock_alert", "priority"]
ProductId = Annotated[StrictInt, Field(ge=1, le=_BIGINT)]
ProductIds = Annotated[list[ProductId], Field(max_length=_MOST_IDS, examples=[[400612345, 400612346]])]
Categories = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=80)]], Field(max_length=50, examples=[["rentals"]])
]
StrategyName = Literal["auto", "real-time", "incremental", "batch"]
AllowDeletes = Annotated[StrictInt, Field(ge=0, le=_BIGINT)]


class Body(BaseModel):
    """Names in camelCase or snake_case."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class BusinessContext(Body):
    """What the sync is for."""

    affects_pricing: StrictBool = False
    stock_alert: StrictBool = False
    priority: StrictBool = False

    def words(self) -> tuple[str, ...]:
        """Name what is true."""
        return tuple(name for name in type(self).model_fields if getattr(self, name))


class SegmentBody(Body):
    """What every form of a sync takes; `allowDeletes` lets so many products be marked deleted without asking."""

    urgency: Urgency = Urgency.NORMAL
    business_context: BusinessContext | list[ContextWord] = Field(
        default_factory=BusinessContext,
        description="Raises the urgency: as an object of truths or as a list of words.",
        examples=[["affects_pricing"]],
    )
    strategy: StrategyName = Field(
        default="auto", description="How to read; auto chooses the cheapest that misses nothing."
    )
    dry_run: StrictBool = Field(default=False, description="Write nothing; answer 200 with what would change.")
    allow_deletes: AllowDeletes | None = None

    def request(self, *, strategy: Strategy | None = None, segments: tuple[str, ...] = ()) -> SyncRequest:
        """Say what is asked for, as the engine understands it."""
        context = self.business_context
        asked = None if self.strategy == "auto" else Strategy(self.strategy)
        if strategy is not None and asked not in (None, strategy):
            raise invalid("body.strategy", f"this address always does a {strategy.value} sync; leave strategy out")
        return SyncRequest(
            strategy=strategy or asked,
            segments=tuple(dict.fromkeys(segments)),
            ids=tuple(dict.fromkeys(getattr(self, "product_ids", ()))),
            urgency=self.urgency,
            context=context.words() if isinstance(context, BusinessContext) else tuple(dict.fromkeys(context)),
            origin=ORIGIN,
            allow_deletes=self.allow_deletes,
        )


class FullBody(SegmentBody):
    """A sync of everything, or of everything in some categories."""

    categories: Categories = Field(default_factory=list, description="Segments of the profile; all unless named.")


class SyncBody(FullBody):
    """A sync of everything, of categories or of single products."""

    product_ids: ProductIds = Field(default_factory=list, description="Ids of Ploomes.")

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if self.product_ids and self.categories:
            raise ValueError("name productIds or categories, not both")
        return self


class RealTimeBody(SegmentBody):
    """A sync of single products, at once."""

    product_ids: Annotated[ProductIds, Field(min_length=1, description="Ids of Ploomes.")]


class ConfirmBody(Body):
    """How many products may be marked deleted; unless given, as many as the run has found missing."""

    allow_deletes: AllowDeletes | None = None


class RetryBody(Body):
    """Which parked records to fetch once more; all unless named."""

    ids: Annotated[list[ProductId], Field(max_length=_MOST_IDS)] | None = None


class Query(BaseModel):
    """Parameters of a query."""

    model_config = ConfigDict(extra="forbid")


class LogParameters(Query):
    """Which runs to show, newest first."""

    since: AwareDatetime | None = Field(None, description="Asked for at or after this time.")
    until: AwareDatetime | None = Field(None, description="Asked for before this time.")
    strategy: Strategy | None = None
    status: RunStatus | None = None
    category: str | None = Field(
        None, max_length=80, description="A segment of the profile.", examples=["rentals"]
    )
    error_class: ErrorClass | None = None
    text: str = Field("", max_length=200, description="Looked for in ids, reasons, errors and events.")
    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    after: str | None = Field(None, max_length=500, description="The `next` of the page before.")

    def query(self) -> LogQuery:
        """Say what is asked for; raises ApiError when `after` is no place in the history."""
        try:
            return LogQuery(**self.model_dump())
        except ValueError as error:
            raise invalid("query.after", str(error)) from None


class PageParameters(Query):
    """A page by rising id."""

    after: int = Field(0, ge=0, le=_BIGINT, description="The last id of the page before.")
    limit: int = Field(100, ge=1, le=1000)


class CursorParameters(Query):
    """A page of a list that goes on where the one before has ended."""

    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, max_length=400, description="The `next` of the page before.")


class ChangeParameters(CursorParameters):
    """Which changes to show: newest first; with `since` oldest first, to be followed."""

    since: AwareDatetime | None = Field(None, description="From this time on; `next` then always has a value.")
    columns: str = Field(
        "",
        max_length=400,
        description="Only changes of one of these columns, separated by commas.",
        examples=["base_price,stock_quantity"],
    )
    run_id: UUID | None = Field(None, description="Only what this run has changed.")

    def names(self) -> tuple[str, ...]:
        """Return the columns."""
        return tuple(name.strip() for name in self.columns.split(",") if name.strip())


class FaultParameters(CursorParameters):
    """A page of the products with a fault, or all of them as a file."""

    limit: int = Field(50, ge=1, le=MOST_FAULTS)
    format: Literal["json", "csv", "xlsx"] | None = Field(
        None, description="A file holds the whole list; unless given, what Accept asks for."
    )
    lang: Lang = Field(Lang.PT, description="The language of headings and numbers of a file.")


class HoursParameters(Query):
    """A stretch of time up to now."""

    hours: int = Field(24, ge=1, le=24 * 31)


class HistoryParameters(Query):
    """Which series, since when, in steps of so many seconds."""

    name: list[Annotated[str, Field(max_length=80)]] = Field(
        default_factory=list, max_length=50, description="Names of series; all unless given."
    )
    since: AwareDatetime | None = Field(None, description="Unless given, 24 hours ago.")
    step: int = Field(300, ge=10, le=86_400, description="Seconds.")


def invalid(field: str, message: str) -> ApiError:
    """Refuse one thing that was sent."""
    return ApiError(INVALID, f"{field}: {message}.", faults=(Fault(field, message),))


def refuse(errors: list[Any]) -> ApiError:
    """Turn pydantic's complaints into a refusal that names each field; what was sent is not repeated."""
    faults = tuple(Fault(".".join(str(part) for part in fault["loc"]), _sentence(fault)) for fault in errors[:20])
    first = faults[0] if faults else Fault("request", "is not valid")
    return ApiError(INVALID, f"{first.field}: {first.message}.", faults=faults)


def _sentence(fault: Any) -> str:  # noqa: ANN401 - pydantic's error dict
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        return "there is no such field"
    return message[:1].lower() + message[1:]


def check_segments(given: list[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the segments; raises ApiError that names the known ones when one is unknown."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise invalid("body.categories", f"unknown {', '.join(unknown)}; the profile has {', '.join(known)}")
    return tuple(given)

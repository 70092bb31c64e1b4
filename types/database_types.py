# Made by `supabase gen types --lang python`; not to be edited, and so in the style of that program.
# ruff: noqa: D100, D101, E501, F401, F821, I001, ICN001, INP001, UP006, UP035, UP045
# fmt: off
from __future__ import annotations

import datetime
import uuid
from typing import (
    Annotated,
    Any,
    List,
    Literal,
    Optional,
    TypedDict,
)
from typing_extensions import NotRequired, TypeAlias

from pydantic import BaseModel, Field, JsonValue

PloomesSyncProcrastinateJobEventType: TypeAlias = Literal["deferred", "started", "deferred_for_retry", "failed", "succeeded", "cancelled", "abort_requested", "aborted", "scheduled", "retried"]

PloomesSyncProcrastinateJobStatus: TypeAlias = Literal["todo", "doing", "succeeded", "failed", "cancelled", "aborting", "aborted"]

class PublicApiCache(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    data: JsonValue = Field(alias="data")
    expires_at: datetime.datetime = Field(alias="expires_at")
    key: str = Field(alias="key")
    snapshot: PgCatalogPgSnapshot = Field(alias="snapshot")

class PublicApiCacheInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    data: Annotated[JsonValue, Field(alias="data")]
    expires_at: Annotated[datetime.datetime, Field(alias="expires_at")]
    key: Annotated[str, Field(alias="key")]
    snapshot: NotRequired[Annotated[PgCatalogPgSnapshot, Field(alias="snapshot")]]

class PublicApiCacheUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    data: NotRequired[Annotated[JsonValue, Field(alias="data")]]
    expires_at: NotRequired[Annotated[datetime.datetime, Field(alias="expires_at")]]
    key: NotRequired[Annotated[str, Field(alias="key")]]
    snapshot: NotRequired[Annotated[PgCatalogPgSnapshot, Field(alias="snapshot")]]

class PublicProductSuppliers(BaseModel):
    code: Optional[str] = Field(alias="code")
    cost_price: Optional[float] = Field(alias="cost_price")
    lead_time_days: Optional[int] = Field(alias="lead_time_days")
    minimum_order: Optional[float] = Field(alias="minimum_order")
    name: str = Field(alias="name")
    preferred: bool = Field(alias="preferred")
    product_id: int = Field(alias="product_id")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicProductSuppliersInsert(TypedDict):
    code: NotRequired[Annotated[Optional[str], Field(alias="code")]]
    cost_price: NotRequired[Annotated[Optional[float], Field(alias="cost_price")]]
    lead_time_days: NotRequired[Annotated[Optional[int], Field(alias="lead_time_days")]]
    minimum_order: NotRequired[Annotated[Optional[float], Field(alias="minimum_order")]]
    name: Annotated[str, Field(alias="name")]
    preferred: NotRequired[Annotated[bool, Field(alias="preferred")]]
    product_id: Annotated[int, Field(alias="product_id")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicProductSuppliersUpdate(TypedDict):
    code: NotRequired[Annotated[Optional[str], Field(alias="code")]]
    cost_price: NotRequired[Annotated[Optional[float], Field(alias="cost_price")]]
    lead_time_days: NotRequired[Annotated[Optional[int], Field(alias="lead_time_days")]]
    minimum_order: NotRequired[Annotated[Optional[float], Field(alias="minimum_order")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    preferred: NotRequired[Annotated[bool, Field(alias="preferred")]]
    product_id: NotRequired[Annotated[int, Field(alias="product_id")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicProductVariants(BaseModel):
    code: Optional[str] = Field(alias="code")
    color: Optional[str] = Field(alias="color")
    kind: str = Field(alias="kind")
    model: Optional[str] = Field(alias="model")
    part_product_id: Optional[str] = Field(alias="part_product_id")
    price: Optional[float] = Field(alias="price")
    product_id: int = Field(alias="product_id")
    quantity: Optional[float] = Field(alias="quantity")
    required: Optional[bool] = Field(alias="required")
    size: Optional[str] = Field(alias="size")
    updated_at: datetime.datetime = Field(alias="updated_at")
    variant_key: str = Field(alias="variant_key")

class PublicProductVariantsInsert(TypedDict):
    code: NotRequired[Annotated[Optional[str], Field(alias="code")]]
    color: NotRequired[Annotated[Optional[str], Field(alias="color")]]
    kind: Annotated[str, Field(alias="kind")]
    model: NotRequired[Annotated[Optional[str], Field(alias="model")]]
    part_product_id: NotRequired[Annotated[Optional[str], Field(alias="part_product_id")]]
    price: NotRequired[Annotated[Optional[float], Field(alias="price")]]
    product_id: Annotated[int, Field(alias="product_id")]
    quantity: NotRequired[Annotated[Optional[float], Field(alias="quantity")]]
    required: NotRequired[Annotated[Optional[bool], Field(alias="required")]]
    size: NotRequired[Annotated[Optional[str], Field(alias="size")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    variant_key: Annotated[str, Field(alias="variant_key")]

class PublicProductVariantsUpdate(TypedDict):
    code: NotRequired[Annotated[Optional[str], Field(alias="code")]]
    color: NotRequired[Annotated[Optional[str], Field(alias="color")]]
    kind: NotRequired[Annotated[str, Field(alias="kind")]]
    model: NotRequired[Annotated[Optional[str], Field(alias="model")]]
    part_product_id: NotRequired[Annotated[Optional[str], Field(alias="part_product_id")]]
    price: NotRequired[Annotated[Optional[float], Field(alias="price")]]
    product_id: NotRequired[Annotated[int, Field(alias="product_id")]]
    quantity: NotRequired[Annotated[Optional[float], Field(alias="quantity")]]
    required: NotRequired[Annotated[Optional[bool], Field(alias="required")]]
    size: NotRequired[Annotated[Optional[str], Field(alias="size")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    variant_key: NotRequired[Annotated[str, Field(alias="variant_key")]]

class PublicProductsEnhanced(BaseModel):
    active: Optional[bool] = Field(alias="active")
    available_for_sale: Optional[bool] = Field(alias="available_for_sale")
    base_price: Optional[float] = Field(alias="base_price")
    brand: Optional[str] = Field(alias="brand")
    category: Optional[str] = Field(alias="category")
    cfop_code: Optional[str] = Field(alias="cfop_code")
    code: Optional[str] = Field(alias="code")
    cost_price: Optional[float] = Field(alias="cost_price")
    created_at: Optional[datetime.datetime] = Field(alias="created_at")
    created_by: Optional[str] = Field(alias="created_by")
    currency: Optional[str] = Field(alias="currency")
    custom_fields: Optional[JsonValue] = Field(alias="custom_fields")
    deleted_at: Optional[datetime.datetime] = Field(alias="deleted_at")
    description: Optional[str] = Field(alias="description")
    dimensions: Optional[JsonValue] = Field(alias="dimensions")
    external_id: Optional[str] = Field(alias="external_id")
    family_name: Optional[str] = Field(alias="family_name")
    group_name: Optional[str] = Field(alias="group_name")
    id: int = Field(alias="id")
    image_url: Optional[str] = Field(alias="image_url")
    last_sync_at: Optional[datetime.datetime] = Field(alias="last_sync_at")
    name: str = Field(alias="name")
    ncm_code: Optional[str] = Field(alias="ncm_code")
    ploomes_product_id: str = Field(alias="ploomes_product_id")
    product_type: str = Field(alias="product_type")
    segments: List[str] = Field(alias="segments")
    source_created_at: Optional[datetime.datetime] = Field(alias="source_created_at")
    source_system: Optional[str] = Field(alias="source_system")
    source_updated_at: Optional[datetime.datetime] = Field(alias="source_updated_at")
    stock_quantity: Optional[int] = Field(alias="stock_quantity")
    subcategory: Optional[str] = Field(alias="subcategory")
    sync_version: Optional[int] = Field(alias="sync_version")
    tags: Optional[JsonValue] = Field(alias="tags")
    unit_of_measure: Optional[str] = Field(alias="unit_of_measure")
    updated_at: Optional[datetime.datetime] = Field(alias="updated_at")
    weight: Optional[float] = Field(alias="weight")

class PublicProductsEnhancedInsert(TypedDict):
    active: NotRequired[Annotated[Optional[bool], Field(alias="active")]]
    available_for_sale: NotRequired[Annotated[Optional[bool], Field(alias="available_for_sale")]]
    base_price: NotRequired[Annotated[Optional[float], Field(alias="base_price")]]
    brand: NotRequired[Annotated[Optional[str], Field(alias="brand")]]
    category: NotRequired[Annotated[Optional[str], Field(alias="category")]]
    cfop_code: NotRequired[Annotated[Optional[str], Field(alias="cfop_code")]]
    code: NotRequired[Annotated[Optional[str], Field(alias="code")]]
    cost_price: NotRequired[Annotated[Optional[float], Field(alias="cost_price")]]
    created_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[str], Field(alias="created_by")]]
    currency: NotRequired[Annotated[Optional[str], Field(alias="currency")]]
    custom_fields: NotRequired[Annotated[Optional[JsonValue], Field(alias="custom_fields")]]
    deleted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_at")]]
    description: NotRequired[Annotated[Optional[str], Field(alias="description")]]
    dimensions: NotRequired[Annotated[Optional[JsonValue], Field(alias="dimensions")]]
    external_id: NotRequired[Annotated[Optional[str], Field(alias="external_id")]]
    family_name: NotRequired[Annotated[Optional[str], Field(alias="family_name")]]
    group_name: NotRequired[Annotated[Optional[str], Field(alias="group_name")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    image_url: NotRequired[Annotated[Optional[str], Field(alias="image_url")]]
    last_sync_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="last_sync_at")]]
    name: Annotated[str, Field(alias="name")]
    ncm_code: NotRequired[Annotated[Optional[str], Field(alias="ncm_code")]]
    ploomes_product_id: Annotated[str, Field(alias="ploomes_product_id")]
    product_type: NotRequired[Annotated[str, Field(alias="product_type")]]
    segments: NotRequired[Annotated[List[str], Field(alias="segments")]]
    source_created_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="source_created_at")]]
    source_system: NotRequired[Annotated[Optional[str], Field(alias="source_system")]]
    source_updated_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="source_updated_at")]]
    stock_quantity: NotRequired[Annotated[Optional[int], Field(alias="stock_quantity")]]
    subcategory: NotRequired[Annotated[Optional[str], Field(alias="subcategory")]]
    sync_version: NotRequired[Annotated[Optional[int], Field(alias="sync_version")]]
    tags: NotRequired[Annotated[Optional[JsonValue], Field(alias="tags")]]
    unit_of_measure: NotRequired[Annotated[Optional[str], Field(alias="unit_of_measure")]]
    updated_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="updated_at")]]
    weight: NotRequired[Annotated[Optional[float], Field(alias="weight")]]

class PublicProductsEnhancedUpdate(TypedDict):
    active: NotRequired[Annotated[Optional[bool], Field(alias="active")]]
    available_for_sale: NotRequired[Annotated[Optional[bool], Field(alias="available_for_sale")]]
    base_price: NotRequired[Annotated[Optional[float], Field(alias="base_price")]]
    brand: NotRequired[Annotated[Optional[str], Field(alias="brand")]]
    category: NotRequired[Annotated[Optional[str], Field(alias="category")]]
    cfop_code: NotRequired[Annotated[Optional[str], Field(alias="cfop_code")]]
    code: NotRequired[Annotated[Optional[str], Field(alias="code")]]
    cost_price: NotRequired[Annotated[Optional[float], Field(alias="cost_price")]]
    created_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[str], Field(alias="created_by")]]
    currency: NotRequired[Annotated[Optional[str], Field(alias="currency")]]
    custom_fields: NotRequired[Annotated[Optional[JsonValue], Field(alias="custom_fields")]]
    deleted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_at")]]
    description: NotRequired[Annotated[Optional[str], Field(alias="description")]]
    dimensions: NotRequired[Annotated[Optional[JsonValue], Field(alias="dimensions")]]
    external_id: NotRequired[Annotated[Optional[str], Field(alias="external_id")]]
    family_name: NotRequired[Annotated[Optional[str], Field(alias="family_name")]]
    group_name: NotRequired[Annotated[Optional[str], Field(alias="group_name")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    image_url: NotRequired[Annotated[Optional[str], Field(alias="image_url")]]
    last_sync_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="last_sync_at")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    ncm_code: NotRequired[Annotated[Optional[str], Field(alias="ncm_code")]]
    ploomes_product_id: NotRequired[Annotated[str, Field(alias="ploomes_product_id")]]
    product_type: NotRequired[Annotated[str, Field(alias="product_type")]]
    segments: NotRequired[Annotated[List[str], Field(alias="segments")]]
    source_created_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="source_created_at")]]
    source_system: NotRequired[Annotated[Optional[str], Field(alias="source_system")]]
    source_updated_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="source_updated_at")]]
    stock_quantity: NotRequired[Annotated[Optional[int], Field(alias="stock_quantity")]]
    subcategory: NotRequired[Annotated[Optional[str], Field(alias="subcategory")]]
    sync_version: NotRequired[Annotated[Optional[int], Field(alias="sync_version")]]
    tags: NotRequired[Annotated[Optional[JsonValue], Field(alias="tags")]]
    unit_of_measure: NotRequired[Annotated[Optional[str], Field(alias="unit_of_measure")]]
    updated_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="updated_at")]]
    weight: NotRequired[Annotated[Optional[float], Field(alias="weight")]]

class PublicRentalSpecifications(BaseModel):
    available_units: Optional[int] = Field(alias="available_units")
    daily_rate: Optional[float] = Field(alias="daily_rate")
    damage_fee: Optional[float] = Field(alias="damage_fee")
    delivery_available: Optional[bool] = Field(alias="delivery_available")
    deposit: Optional[float] = Field(alias="deposit")
    late_fee: Optional[float] = Field(alias="late_fee")
    maximum_period_days: Optional[int] = Field(alias="maximum_period_days")
    minimum_period_days: Optional[int] = Field(alias="minimum_period_days")
    monthly_rate: Optional[float] = Field(alias="monthly_rate")
    pickup_available: Optional[bool] = Field(alias="pickup_available")
    product_id: int = Field(alias="product_id")
    total_units: Optional[int] = Field(alias="total_units")
    updated_at: datetime.datetime = Field(alias="updated_at")
    weekly_rate: Optional[float] = Field(alias="weekly_rate")

class PublicRentalSpecificationsInsert(TypedDict):
    available_units: NotRequired[Annotated[Optional[int], Field(alias="available_units")]]
    daily_rate: NotRequired[Annotated[Optional[float], Field(alias="daily_rate")]]
    damage_fee: NotRequired[Annotated[Optional[float], Field(alias="damage_fee")]]
    delivery_available: NotRequired[Annotated[Optional[bool], Field(alias="delivery_available")]]
    deposit: NotRequired[Annotated[Optional[float], Field(alias="deposit")]]
    late_fee: NotRequired[Annotated[Optional[float], Field(alias="late_fee")]]
    maximum_period_days: NotRequired[Annotated[Optional[int], Field(alias="maximum_period_days")]]
    minimum_period_days: NotRequired[Annotated[Optional[int], Field(alias="minimum_period_days")]]
    monthly_rate: NotRequired[Annotated[Optional[float], Field(alias="monthly_rate")]]
    pickup_available: NotRequired[Annotated[Optional[bool], Field(alias="pickup_available")]]
    product_id: Annotated[int, Field(alias="product_id")]
    total_units: NotRequired[Annotated[Optional[int], Field(alias="total_units")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    weekly_rate: NotRequired[Annotated[Optional[float], Field(alias="weekly_rate")]]

class PublicRentalSpecificationsUpdate(TypedDict):
    available_units: NotRequired[Annotated[Optional[int], Field(alias="available_units")]]
    daily_rate: NotRequired[Annotated[Optional[float], Field(alias="daily_rate")]]
    damage_fee: NotRequired[Annotated[Optional[float], Field(alias="damage_fee")]]
    delivery_available: NotRequired[Annotated[Optional[bool], Field(alias="delivery_available")]]
    deposit: NotRequired[Annotated[Optional[float], Field(alias="deposit")]]
    late_fee: NotRequired[Annotated[Optional[float], Field(alias="late_fee")]]
    maximum_period_days: NotRequired[Annotated[Optional[int], Field(alias="maximum_period_days")]]
    minimum_period_days: NotRequired[Annotated[Optional[int], Field(alias="minimum_period_days")]]
    monthly_rate: NotRequired[Annotated[Optional[float], Field(alias="monthly_rate")]]
    pickup_available: NotRequired[Annotated[Optional[bool], Field(alias="pickup_available")]]
    product_id: NotRequired[Annotated[int, Field(alias="product_id")]]
    total_units: NotRequired[Annotated[Optional[int], Field(alias="total_units")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    weekly_rate: NotRequired[Annotated[Optional[float], Field(alias="weekly_rate")]]

class PublicServiceSpecifications(BaseModel):
    billing_cycle: Optional[str] = Field(alias="billing_cycle")
    completion_hours: Optional[float] = Field(alias="completion_hours")
    duration_hours: Optional[float] = Field(alias="duration_hours")
    location: Optional[str] = Field(alias="location")
    product_id: int = Field(alias="product_id")
    required_skills: List[str] = Field(alias="required_skills")
    response_hours: Optional[float] = Field(alias="response_hours")
    updated_at: datetime.datetime = Field(alias="updated_at")
    warranty_months: Optional[int] = Field(alias="warranty_months")

class PublicServiceSpecificationsInsert(TypedDict):
    billing_cycle: NotRequired[Annotated[Optional[str], Field(alias="billing_cycle")]]
    completion_hours: NotRequired[Annotated[Optional[float], Field(alias="completion_hours")]]
    duration_hours: NotRequired[Annotated[Optional[float], Field(alias="duration_hours")]]
    location: NotRequired[Annotated[Optional[str], Field(alias="location")]]
    product_id: Annotated[int, Field(alias="product_id")]
    required_skills: NotRequired[Annotated[List[str], Field(alias="required_skills")]]
    response_hours: NotRequired[Annotated[Optional[float], Field(alias="response_hours")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    warranty_months: NotRequired[Annotated[Optional[int], Field(alias="warranty_months")]]

class PublicServiceSpecificationsUpdate(TypedDict):
    billing_cycle: NotRequired[Annotated[Optional[str], Field(alias="billing_cycle")]]
    completion_hours: NotRequired[Annotated[Optional[float], Field(alias="completion_hours")]]
    duration_hours: NotRequired[Annotated[Optional[float], Field(alias="duration_hours")]]
    location: NotRequired[Annotated[Optional[str], Field(alias="location")]]
    product_id: NotRequired[Annotated[int, Field(alias="product_id")]]
    required_skills: NotRequired[Annotated[List[str], Field(alias="required_skills")]]
    response_hours: NotRequired[Annotated[Optional[float], Field(alias="response_hours")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    warranty_months: NotRequired[Annotated[Optional[int], Field(alias="warranty_months")]]

class PublicCatalogueFreshness(BaseModel):
    changed_at: Optional[datetime.datetime] = Field(alias="changed_at")
    products: Optional[int] = Field(alias="products")
    read_at: Optional[datetime.datetime] = Field(alias="read_at")
    read_up_to: Optional[datetime.datetime] = Field(alias="read_up_to")

class PublicProductCategories(BaseModel):
    category: Optional[str] = Field(alias="category")
    products: Optional[int] = Field(alias="products")
    subcategory: Optional[str] = Field(alias="subcategory")

class PublicProductSyncLogs(BaseModel):
    attempt: int = Field(alias="attempt")
    completed_at: Optional[datetime.datetime] = Field(alias="completed_at")
    created_at: datetime.datetime = Field(alias="created_at")
    duration_seconds: Optional[float] = Field(alias="duration_seconds")
    error_message: Optional[str] = Field(alias="error_message")
    errors: JsonValue = Field(alias="errors")
    origin: Optional[str] = Field(alias="origin")
    pages: int = Field(alias="pages")
    products_created: int = Field(alias="products_created")
    products_deleted: int = Field(alias="products_deleted")
    products_failed: int = Field(alias="products_failed")
    products_restored: int = Field(alias="products_restored")
    products_skipped: int = Field(alias="products_skipped")
    products_unchanged: int = Field(alias="products_unchanged")
    products_updated: int = Field(alias="products_updated")
    reason: Optional[str] = Field(alias="reason")
    records_per_second: Optional[float] = Field(alias="records_per_second")
    requests: int = Field(alias="requests")
    retries: int = Field(alias="retries")
    scope: Optional[str] = Field(alias="scope")
    started_at: Optional[datetime.datetime] = Field(alias="started_at")
    status: str = Field(alias="status")
    sync_id: uuid.UUID = Field(alias="sync_id")
    sync_type: Optional[str] = Field(alias="sync_type")
    total_processed: int = Field(alias="total_processed")

class PublicProductsWithSpecifications(BaseModel):
    active: Optional[bool] = Field(alias="active")
    available_for_sale: Optional[bool] = Field(alias="available_for_sale")
    available_units: Optional[int] = Field(alias="available_units")
    base_price: Optional[float] = Field(alias="base_price")
    billing_cycle: Optional[str] = Field(alias="billing_cycle")
    brand: Optional[str] = Field(alias="brand")
    category: Optional[str] = Field(alias="category")
    cfop_code: Optional[str] = Field(alias="cfop_code")
    code: Optional[str] = Field(alias="code")
    completion_hours: Optional[float] = Field(alias="completion_hours")
    currency: Optional[str] = Field(alias="currency")
    daily_rate: Optional[float] = Field(alias="daily_rate")
    damage_fee: Optional[float] = Field(alias="damage_fee")
    delivery_available: Optional[bool] = Field(alias="delivery_available")
    deposit: Optional[float] = Field(alias="deposit")
    description: Optional[str] = Field(alias="description")
    dimensions: Optional[JsonValue] = Field(alias="dimensions")
    duration_hours: Optional[float] = Field(alias="duration_hours")
    external_id: Optional[str] = Field(alias="external_id")
    family_name: Optional[str] = Field(alias="family_name")
    group_name: Optional[str] = Field(alias="group_name")
    id: int = Field(alias="id")
    image_url: Optional[str] = Field(alias="image_url")
    last_sync_at: Optional[datetime.datetime] = Field(alias="last_sync_at")
    late_fee: Optional[float] = Field(alias="late_fee")
    maximum_period_days: Optional[int] = Field(alias="maximum_period_days")
    minimum_period_days: Optional[int] = Field(alias="minimum_period_days")
    monthly_rate: Optional[float] = Field(alias="monthly_rate")
    name: str = Field(alias="name")
    ncm_code: Optional[str] = Field(alias="ncm_code")
    pickup_available: Optional[bool] = Field(alias="pickup_available")
    ploomes_product_id: str = Field(alias="ploomes_product_id")
    product_type: str = Field(alias="product_type")
    required_skills: Optional[List[str]] = Field(alias="required_skills")
    response_hours: Optional[float] = Field(alias="response_hours")
    segments: List[str] = Field(alias="segments")
    service_location: Optional[str] = Field(alias="service_location")
    source_created_at: Optional[datetime.datetime] = Field(alias="source_created_at")
    source_updated_at: Optional[datetime.datetime] = Field(alias="source_updated_at")
    stock_quantity: Optional[int] = Field(alias="stock_quantity")
    subcategory: Optional[str] = Field(alias="subcategory")
    total_units: Optional[int] = Field(alias="total_units")
    unit_of_measure: Optional[str] = Field(alias="unit_of_measure")
    warranty_months: Optional[int] = Field(alias="warranty_months")
    weekly_rate: Optional[float] = Field(alias="weekly_rate")
    weight: Optional[float] = Field(alias="weight")

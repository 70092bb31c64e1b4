"""The product as the company sees it, named as the tables name it; wire names stop before this module."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NewType

import msgspec

ProductId = NewType("ProductId", int)
"""Ploomes' `Id`: a 64-bit integer, unique in an account, growing only within one prefix."""


class Kind(StrEnum):
    """What a product is; each has exactly one (column `product_type`)."""

    PRODUCT = "product"
    SERVICE = "service"
    RENTAL = "rental"
    KIT = "kit"
    COMPONENT = "component"


class ServiceSpecification(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a service, a row of `service_specifications`; hours are working hours."""

    duration_hours: Decimal | None = None
    billing_cycle: str | None = None
    response_hours: Decimal | None = None
    completion_hours: Decimal | None = None
    required_skills: tuple[str, ...] = ()
    location: str | None = None
    warranty_months: int | None = None


class RentalSpecification(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a rental, a row of `rental_specifications`; money is in the product's currency."""

    minimum_period_days: int | None = None
    maximum_period_days: int | None = None
    daily_rate: Decimal | None = None
    weekly_rate: Decimal | None = None
    monthly_rate: Decimal | None = None
    total_units: int | None = None
    available_units: int | None = None
    deposit: Decimal | None = None
    late_fee: Decimal | None = None
    damage_fee: Decimal | None = None
    delivery_available: bool | None = None
    pickup_available: bool | None = None


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """A size, colour or model of a product, or a part of a kit; `key` tells it from its siblings."""

    key: str
    kind: str
    size: str | None = None
    color: str | None = None
    model: str | None = None
    code: str | None = None
    price: Decimal | None = None
    part_product_id: str | None = None
    quantity: Decimal | None = None
    required: bool | None = None


class Supplier(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier of a product; `cost_price` is in the product's currency."""

    name: str
    code: str | None = None
    cost_price: Decimal | None = None
    lead_time_days: int | None = None
    minimum_order: Decimal | None = None
    preferred: bool = False


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One product, ready to be stored; encoded as JSON it is the row that the database reads."""

    ploomes_product_id: str
    name: str
    code: str | None
    description: str | None
    product_type: Kind
    category: str | None
    subcategory: str | None
    brand: str | None
    segments: tuple[str, ...]
    group_name: str | None
    family_name: str | None
    base_price: Decimal | None
    cost_price: Decimal | None
    currency: str
    weight: Decimal | None
    dimensions: dict[str, str] | None
    ncm_code: str | None
    cfop_code: str | None
    stock_quantity: int | None
    unit_of_measure: str
    active: bool
    available_for_sale: bool
    external_id: str | None
    source_system: str
    created_by: str | None
    image_url: str | None
    source_created_at: datetime | None
    source_updated_at: datetime | None
    tags: tuple[str, ...]
    custom_fields: dict[str, object]
    service: ServiceSpecification | None = None
    rental: RentalSpecification | None = None
    variants: tuple[Variant, ...] = ()
    suppliers: tuple[Supplier, ...] = ()


class StoredRecord(msgspec.Struct, frozen=True):
    """The record that a product was made of: its JSON as Ploomes sent it, and when it was asked for."""

    payload: str
    fetched_at: datetime


class ProductDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One stored product with all that hangs on it, as a reader sees it; money is in `currency`.

    `last_sync_at` is when a sync last changed it, `sync_version` counts those changes; a deleted product stays
    with `deleted_at`.
    """

    id: int
    ploomes_product_id: str
    external_id: str | None
    name: str
    code: str | None
    description: str | None
    product_type: Kind
    category: str | None
    subcategory: str | None
    brand: str | None
    segments: list[str]
    group_name: str | None
    family_name: str | None
    base_price: Decimal | None
    cost_price: Decimal | None
    currency: str | None
    weight: Decimal | None
    dimensions: dict[str, Any] | None
    ncm_code: str | None
    cfop_code: str | None
    stock_quantity: int | None
    unit_of_measure: str | None
    active: bool | None
    available_for_sale: bool | None
    source_system: str | None
    created_by: str | None
    image_url: str | None
    source_created_at: datetime | None
    source_updated_at: datetime | None
    tags: list[Any] | None
    custom_fields: dict[str, Any] | None
    deleted_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None
    last_sync_at: datetime | None
    sync_version: int | None
    service: ServiceSpecification | None
    rental: RentalSpecification | None
    variants: list[Variant]
    suppliers: list[Supplier]

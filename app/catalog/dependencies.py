"""Provide requests to the catalog with the services that the lifespan built."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.catalog.service import CatalogService


async def get_catalog(request: Request) -> CatalogService:
    """Return the catalog of characters."""
    return cast(CatalogService, request.app.state.services.catalog)


CatalogDep = Annotated[CatalogService, Depends(get_catalog)]

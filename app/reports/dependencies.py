"""Provide requests with the service that takes reports."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.reports.service import ReportService


async def get_reports(request: Request) -> ReportService:
    """Return the service that takes reports."""
    return cast(ReportService, request.app.state.services.reports)


ReportsDep = Annotated[ReportService, Depends(get_reports)]

"""Every column that names people is registered, so that erasing someone reaches it."""

import re

import pytest
from sqlalchemy import Column, MetaData, String, Table, Uuid

from app.db.base import Base
from app.own_data.registry import ERASERS

NAMES_PEOPLE = re.compile(
    r"(^|_)(owner|person|people|login|user|guest|visitor|account|author|reporter|member)(_id)?$"
    r"|_by$"
)


def unregistered(metadata: MetaData) -> list[str]:
    """Columns that name people, and that nothing erases."""
    columns = [f"{table.name}.{c.name}" for table in metadata.sorted_tables for c in table.columns]
    named = [each for each in columns if NAMES_PEOPLE.search(each.partition(".")[2])]
    beside = {"audit_entries.login"}  # erased with its owner
    return [each for each in named if each not in ERASERS and each not in beside]


def test_every_column_that_names_people_is_registered() -> None:
    assert unregistered(Base.metadata) == []


def test_every_registered_column_exists() -> None:
    columns = {f"{t.name}.{c.name}" for t in Base.metadata.sorted_tables for c in t.columns}
    assert ERASERS.keys() <= columns


@pytest.mark.parametrize("name", ["owner", "person_id", "made_by", "closed_by", "reporter"])
def test_a_new_table_that_names_people_is_noticed(name: str) -> None:
    metadata = MetaData()
    Table("novelties", metadata, Column("id", Uuid, primary_key=True), Column(name, String(64)))
    assert unregistered(metadata) == [f"novelties.{name}"]

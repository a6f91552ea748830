"""Read lists from the environment."""

import ipaddress
import json
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode


def _split_list(value: object) -> object:
    """Read a list from the environment: JSON, or values with commas between them."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.split(",") if part.strip()]


TextList = Annotated[list[str], NoDecode, BeforeValidator(_split_list)]
NetworkList = Annotated[
    list[ipaddress.IPv4Network | ipaddress.IPv6Network], NoDecode, BeforeValidator(_split_list)
]

"""Describe where a model's file comes from, and ask whether its hubs answer."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import httpx
from pydantic import ConfigDict, Field

_PROBE_SECONDS = 3.0
_MODELSCOPE = "https://modelscope.cn"

Repository = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.-]{0,95}$")
]
"""Owner and name at a hub; it becomes part of an address."""
_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}"
PathInside = Annotated[str, Field(pattern=rf"^{_SEGMENT}(/{_SEGMENT}){{0,4}}$")]
"""Path inside a repository or a wheel, without ``..`` and hidden files."""


@dataclass(frozen=True, slots=True)
class HubSource:
    """Locate a file on a model hub."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    kind: Literal["huggingface", "modelscope"]
    repository: Repository
    file: PathInside
    revision: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")] | None = None
    """A commit of the repository; ``None`` takes the newest file, whose hash the hub declares."""

    def url(self, hub_endpoint: str) -> str:
        """Return the file's URL; ``hub_endpoint`` is the Hugging Face hub or a mirror of it."""
        if self.kind == "modelscope":
            revision = self.revision or "master"
            return f"{_MODELSCOPE}/models/{self.repository}/resolve/{revision}/{self.file}"
        revision = self.revision or "main"
        return f"{hub_endpoint.rstrip('/')}/{self.repository}/resolve/{revision}/{self.file}"

    @property
    def listing_url(self) -> str:
        """URL of the listing with each file's SHA-256; ModelScope only."""
        revision = self.revision or "master"
        return f"{_MODELSCOPE}/api/v1/models/{self.repository}/repo/files?Revision={revision}"


Requirement = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+==[A-Za-z0-9._]+$")]

Part = tuple[Requirement, PathInside]
"""Requirement (``name==version``) and path inside the wheel."""


@dataclass(frozen=True, slots=True)
class WheelSource:
    """Locate parts of a file in wheels; the model is their concatenation, in order."""

    wheels: Annotated[
        tuple[tuple[Requirement, PathInside], ...], Field(min_length=1, max_length=200)
    ]
    """The parts, in their order."""


Source = HubSource | WheelSource


def any_hub_answers(sources: Sequence[Source], hub_endpoint: str) -> bool:
    """Return whether any hub among the sources answers for its file within three seconds."""
    urls = [each.url(hub_endpoint) for each in sources if isinstance(each, HubSource)]
    if not urls:
        return False
    with ThreadPoolExecutor(len(urls)) as pool:
        return any(pool.map(_answers, urls))


def _answers(url: str) -> bool:
    try:
        response = httpx.head(url, timeout=_PROBE_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    return response.status_code < httpx.codes.BAD_REQUEST

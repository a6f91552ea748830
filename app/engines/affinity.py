"""Name the dialogue that a request belongs to, for a router between the service and its engines.

``vllm-router`` hashes the header (policy ``consistent_hash``), and so can any other balancer.
Without it the router hashes, and logs, the whole body of a request.
"""

import secrets
from hashlib import blake2b

SESSION_HEADER = "x-session-id"
_DIGEST_BYTES = 16


def session_headers(affinity: str | None) -> dict[str, str]:
    """Return the header of a request, which says nothing about whose dialogue it is.

    It is a digest of ``affinity``, the same in every process; without one it is a random text, so
    that requests that belong to no dialogue are spread over the engines.
    """
    if affinity is None:
        return {SESSION_HEADER: secrets.token_hex(_DIGEST_BYTES)}
    text = affinity.encode("utf-8", "surrogatepass")
    digest = blake2b(text, digest_size=_DIGEST_BYTES, person=b"offbook-affinity")
    return {SESSION_HEADER: digest.hexdigest()}

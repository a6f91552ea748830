"""One caller's requests, from the first to the last."""

from typing import Literal, get_args

from fuzz.api import damaged, generated
from fuzz.api.service import Service
from fuzz.api.stock import Stock
from fuzz.api.tally import Finding, Tally

Caller = Literal["guest", "admin"]
CALLERS: tuple[Caller, ...] = get_args(Caller)

ALL_CASES = 20_000
"""Cases with which everything is damaged that can be; a smaller run damages its share of it."""


def run(service: Service, caller: Caller, *, cases: int, seed: int, seconds: float) -> Tally:
    """Send ``cases`` cases or more, and damaged requests beside them; return what came back.

    Each of the two takes ``seconds`` at most. A guest is a visitor with a cookie, an admin also
    sends the key; both own the conversations that are asked for.
    """
    stock, tally = Stock(service), Tally(caller)
    headers = {"Cookie": stock.cookie}
    if caller == "admin":
        headers["Authorization"] = f"Bearer {service.admin_key}"
    schema = generated.load(service.address, headers, seed, cases)
    accepted = damaged.Accepted(headers)
    generated.run(schema, service, stock, tally, accepted, seed=seed, cases=cases, seconds=seconds)
    share = min(1.0, cases / ALL_CASES)
    damaged.run(accepted, service, stock, tally, seed=seed, share=share, seconds=seconds)
    for text in service.failures:
        # What was raised is the end of it; where, the rest.
        tally.report(Finding("the service", text.splitlines()[-1], text[-4_000:]))
    return tally

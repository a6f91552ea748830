"""Run the load: clients that act, one request after another, until the service is gone."""

import asyncio
from collections.abc import Awaitable, Callable

from fuzz.kills.actions import characters, completions, conversations, scripts, turns
from fuzz.kills.api import ServiceGoneError
from fuzz.kills.client import Client
from fuzz.kills.service import Service

Action = Callable[[Client], Awaitable[bool]]
"""Performs one action; returns False where its resource is missing."""

_ACTIONS: dict[Action, float] = {
    scripts.upload_script: 3,
    scripts.replace_script: 2,
    scripts.delete_script: 1,
    characters.create_character: 2,
    characters.create_two: 1,
    characters.import_character: 3,
    characters.edit_character: 2,
    characters.publish: 1,
    characters.change_picture: 1,
    characters.add_lorebook: 1,
    characters.switch_lorebook: 1,
    characters.delete_lorebook: 0.5,
    characters.delete_character: 0.5,
    conversations.open_conversation: 4,
    conversations.import_chat: 1,
    conversations.rename: 1,
    conversations.write_summary: 1,
    conversations.delete_conversation: 0.5,
    conversations.restore_conversation: 1,
    conversations.edit_said: 1,
    conversations.edit_reply: 1,
    conversations.delete_message: 1,
    turns.send: 12,
    turns.send_and_leave: 2,
    turns.send_plainly: 2,
    turns.regenerate: 2,
    turns.go_on: 2,
    completions.complete: 1,
}
"""Relative frequency of each action."""

_PAUSE_SECONDS = 0.4
"""Longest pause between two actions of a client."""
_DRAIN_SECONDS = 30.0


class Load:
    """Run clients from each start of the service to its kill."""

    def __init__(self, clients: list[Client], service: Service) -> None:
        self.clients = clients
        self._service = service
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Start all clients; does nothing while they run."""
        if not self._tasks:
            for client in self.clients:
                client.use(self._service.api)
            self._tasks = [asyncio.create_task(self._work(each)) for each in self.clients]

    async def end(self) -> None:
        """Wait until all clients have noticed the kill. Raises the error of a client."""
        tasks, self._tasks = self._tasks, []
        if tasks:
            await asyncio.wait(tasks, timeout=_DRAIN_SECONDS)
        for task in tasks:
            if not task.done():
                task.cancel()
                raise RuntimeError(f"A client does not see that the service is gone: {task}")
            task.result()

    async def aclose(self) -> None:
        """Cancel all clients."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def check(self) -> None:
        """Raise the error of a client that ended while the others work."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def _work(self, client: Client) -> None:
        actions, weights = list(_ACTIONS), list(_ACTIONS.values())
        while True:
            (action,) = client.random.choices(actions, weights)
            try:
                await action(client)
            except ServiceGoneError as error:
                await asyncio.sleep(0.1)
                if self._service.killed_at is None:
                    client.ledger.blame("gone without a kill", str(error))
                return
            await asyncio.sleep(client.random.uniform(0, _PAUSE_SECONDS))

"""What the property manager may ask of a device, and its answers."""

import logging
from collections import OrderedDict
from collections.abc import Sequence

from edge.reminder import Reminder, Sink, show
from linli.errors import InvalidMessage
from linli.messages import Command, Reply, decode_command

log = logging.getLogger(__name__)

REMEMBERED = 64
"""Commands whose answers are kept: at QoS 1 one may come twice, and must not be shown twice."""


class CommandDesk:
    """Answers commands. `remind` shows its text; setting a config or a model is not built yet, and says
    so.
    """

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks
        self._answered: OrderedDict[str, Reply] = OrderedDict()

    def answer(self, payload: bytes) -> Reply | None:
        """The reply to what came on `commands`; None when it cannot be read, for then it has no id to
        answer.
        """
        try:
            command = decode_command(payload)
        except InvalidMessage as error:
            log.warning("a command cannot be read: %s", error)
            return None
        if command.id not in self._answered:
            self._answered[command.id] = self._do(command)
            if len(self._answered) > REMEMBERED:
                self._answered.popitem(last=False)
        return self._answered[command.id]

    def _do(self, command: Command) -> Reply:
        if command.command != "remind":
            return Reply(id=command.id, ok=False, detail=f"{command.command}: not supported")
        if not command.text:
            return Reply(id=command.id, ok=False, detail="remind: no text")
        shown = show(Reminder(command.text, command.text), self._sinks)
        return Reply(
            id=command.id, ok=shown, detail="shown" if shown else "remind: this device can show nothing"
        )

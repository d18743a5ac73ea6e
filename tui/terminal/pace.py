"""When the next frame may go: when the terminal has answered the last, or at a rate where it does not answer.

A pseudo-terminal takes everything at once over SSH, so only the terminal's answers say what has arrived.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from tui.terminal.link import Link

#: a terminal that has not answered its first request by then is paced by rate
FIRST_ANSWER = 2.0
#: how often a terminal that stopped answering is asked again; how often one that never answered is
ASK_AGAIN = 10.0
#: from this round trip on two frames may be on their way
LONG_TRIP = 0.2
#: up to this round trip a frame goes as soon as it is drawn; on longer lines what else this turn of the loop draws joins it
SHORT_TRIP = 0.02


@dataclass(frozen=True, slots=True)
class Sent:
    """A request on its way: frame number, bytes of the frame, when it was begun, whether nothing else was on its way."""

    number: int
    size: int
    at: float
    alone: bool


class Pace:
    """``rate``: bytes a second, None for unlimited. ``answers_itself``: something between us and the terminal answers."""

    def __init__(self, rate: float | None, *, answers_itself: bool = False, link: Link | None = None) -> None:
        self.rate = rate
        self.answers_itself = answers_itself
        self.link = link or Link()
        self.waiting: deque[Sent] = deque()
        self.answered_once = False
        self.silent = False
        #: the newest frame that was answered
        self.acknowledged = 0
        self._free_at = 0.0
        self._asked_at = 0.0

    @property
    def by_rate(self) -> bool:
        """Whether answers say nothing about the line."""
        return self.silent or self.answers_itself

    @property
    def limit(self) -> int:
        """How many frames may be unanswered."""
        return 2 if self.link.rtt > LONG_TRIP else 1

    @property
    def near(self) -> bool:
        """Whether the terminal answers so soon that a second frame need not be merged with the first."""
        return self.answered_once and not self.by_rate and self.link.rtt < SHORT_TRIP

    def asks(self, now: float) -> bool:
        """Whether the next frame ends with a request."""
        return not self.silent or now - self._asked_at >= ASK_AGAIN

    def ready(self, now: float) -> bool:
        """Whether a frame may be sent now."""
        if self.by_rate and now < self._free_at:
            return False
        return self.silent or len(self.waiting) < self.limit

    def next_look(self, now: float) -> float | None:
        """When something may have changed without an answer; None: only an answer changes it."""
        times = []
        if self.by_rate and now < self._free_at:
            times.append(self._free_at)
        if self.waiting:
            times.append(self._asked_at + (ASK_AGAIN if self.answered_once else FIRST_ANSWER))
        return min(times, default=None)

    def must_ask_again(self, now: float) -> bool:
        """Whether a terminal that used to answer is to be asked again, without a frame."""
        return bool(self.waiting) and self.answered_once and now - self._asked_at >= ASK_AGAIN

    def asked_again(self, now: float) -> None:
        """Only the request was repeated."""
        self._asked_at = now

    def sent(self, number: int, size: int, now: float, asked: bool) -> None:
        """A frame was handed over."""
        if asked:
            self.waiting.append(Sent(number, size, now, not self.waiting))
            self._asked_at = now
        if self.rate:
            self._free_at = max(now, self._free_at) + size / self.rate

    def answered(self, number: int | None, now: float) -> None:
        """An answer came. ``number``: the frame it says it is for, None where that cannot be told: then the oldest."""
        self.answered_once = True
        self.silent = False
        if not self.waiting:
            return
        numbers = [sent.number for sent in self.waiting]
        if number is not None and number not in numbers:
            return  # a repeated request's, already counted
        while self.waiting:
            sent = self.waiting.popleft()
            self.acknowledged = sent.number
            if not self.waiting or number is None or sent.number == number:
                if not self.answers_itself:
                    self.link.answered(sent.size, sent.at, now, sent.alone)
                return

    def judge(self, now: float) -> None:
        """Give up on a terminal that never answers. To be called before anything is asked of this pace at another time: what
        is awaited holds back Escape."""
        if self.waiting and not self.answered_once and now - self._asked_at >= FIRST_ANSWER:
            self.silent = True
            self.waiting.clear()

    def restart(self) -> None:
        """After a suspension: whoever had the terminal has read the answers."""
        self.waiting.clear()
        self._free_at = 0.0

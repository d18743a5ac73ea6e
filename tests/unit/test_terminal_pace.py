"""When frames go: one unanswered, two on a long line, none to a stalled terminal, by the rate to a silent one."""

from __future__ import annotations

import pytest

from tui.terminal.abilities import KNOWN, Abilities
from tui.terminal.driver import ThinDriver
from tui.terminal.engine import ASK, Engine
from tui.terminal.link import Link
from tui.terminal.pace import ASK_AGAIN, FIRST_ANSWER, Pace


def small(rate: float | None = 65536.0, abilities: Abilities | None = None) -> Engine:
    abilities = abilities or Abilities()
    engine = Engine(40, 10, abilities, Pace(rate, answers_itself=abilities.answers_itself))
    engine.write("\x1b[?25l\x1b[1;1Hstart\x1b[1;1H")
    return engine


def answer(engine: Engine, now: float, number: int | None = None) -> None:
    column = engine._column(number or engine.number)
    engine.replied(f"\x1b[{engine.wanted.height};{column}R", now)


def test_one_frame_is_on_its_way_and_the_newest_state_is_the_next() -> None:
    engine = small()
    assert "start" in engine.next_frame(0.0)
    for turn in range(100):
        engine.write(f"\x1b[2;1Hturn {turn:3}")
        assert engine.next_frame(0.01) == ""
    answer(engine, 0.05)
    frame = engine.next_frame(0.05)
    assert "turn  99" in frame
    assert "turn  98" not in frame
    assert frame.count(ASK) == 1


def test_a_frame_that_changes_nothing_is_no_frame() -> None:
    engine = small()
    engine.next_frame(0.0)
    answer(engine, 0.01)
    engine.write("\x1b[1;1Hstart\x1b[1;1H")
    assert engine.next_frame(0.02) == ""
    assert engine.number == 1


def test_nothing_goes_before_the_first_drawing_which_waits_for_no_answer() -> None:
    engine = Engine(40, 10, Abilities(), Pace(65536.0))
    engine.write("\x1b]22;default\x07\x1b[?25l")
    assert engine.next_frame(0.0) == "", "an empty screen would have to be answered first"
    engine.write("\x1b[1;1Hstart")
    frame = engine.next_frame(0.1)
    assert "start" in frame and "\x1b]22;default\x07" in frame


def test_two_frames_are_on_their_way_where_a_round_trip_is_long() -> None:
    engine = small()
    engine.next_frame(0.0)
    answer(engine, 0.3)
    for number in (2, 3):
        engine.write(f"\x1b[2;1Hturn {number}")
        assert engine.next_frame(0.3 + number / 100)
    engine.write("\x1b[2;1Hturn 4")
    assert engine.next_frame(0.35) == ""
    answer(engine, 0.62, 2)
    assert engine.next_frame(0.62)


@pytest.mark.parametrize(("trip", "most"), [(0.19, 1), (0.21, 2)])
def test_two_only_from_a_fifth_of_a_second_on(trip: float, most: int) -> None:
    engine = small()
    engine.next_frame(0.0)
    answer(engine, trip)
    sent = 0
    for turn in range(5):
        engine.write(f"\x1b[2;1Hturn {turn}")
        sent += bool(engine.next_frame(trip + turn / 1000))
    assert sent == most


def test_a_minute_of_stall_costs_one_request_every_ten_seconds_and_ends_with_the_newest_state() -> None:
    engine = small()
    engine.next_frame(0.0)
    answer(engine, 0.01)
    engine.write("\x1b[2;1Hbefore")
    engine.next_frame(1.0)
    sent = []
    for tenth in range(10, 610):
        engine.write(f"\x1b[3;1Hnow {tenth}")
        if text := engine.next_frame(1.0 + tenth / 10):
            sent.append((tenth / 10, text))
    assert [round(at) for at, _ in sent] == [10, 20, 30, 40, 50, 60]
    assert all(ASK in text and len(text) < 20 for _, text in sent)
    answer(engine, 62.0)
    for _ in range(6):
        answer(engine, 62.0)  # the repeated requests are answered as well
    assert "609" in engine.next_frame(62.0)
    assert engine.pace.limit == 2 or engine.pace.link.rtt < 0.2
    assert len(engine.pace.waiting) == 1


def test_a_terminal_that_never_answers_is_paced_by_the_rate() -> None:
    engine = small(rate=1000.0)
    engine.next_frame(0.0)
    engine.write("\x1b[2;1H" + "x" * 40)
    assert engine.next_frame(FIRST_ANSWER - 0.1) == ""
    frame = engine.next_frame(FIRST_ANSWER)
    assert "xxxx" in frame
    assert ASK not in frame
    engine.write("\x1b[3;1H" + "y" * 40)
    assert engine.next_frame(FIRST_ANSWER + 0.01) == ""
    look = engine.pace.next_look(FIRST_ANSWER + 0.01)
    assert look == pytest.approx(FIRST_ANSWER + len(frame) / 1000)
    assert "yyyy" in engine.next_frame(look)
    # an answer that comes at last is believed
    engine.write("\x1b[4;1Hz")
    assert ASK in engine.next_frame(FIRST_ANSWER + ASK_AGAIN + 1)
    answer(engine, FIRST_ANSWER + ASK_AGAIN + 1.1)
    assert not engine.pace.by_rate


def test_an_unlimited_rate_never_waits() -> None:
    engine = small(rate=None)
    engine.next_frame(0.0)
    for turn in range(10):
        engine.write(f"\x1b[2;1H{turn}")
        assert engine.next_frame(3.0 + turn / 1000)


@pytest.mark.parametrize("name", ["tmux", "screen", "mosh"])
def test_what_answers_by_itself_is_paced_by_the_rate_and_gives_no_figure(name: str) -> None:
    engine = small(rate=100.0, abilities=KNOWN[name])
    first = engine.next_frame(0.0)
    answer(engine, 0.3)
    engine.write("\x1b[2;1Hx")
    assert engine.next_frame(0.301) == ""
    assert engine.next_frame(len(first) / 100 + 0.001)
    answer(engine, 5.0)
    assert engine.pace.link.text() == ""
    assert figure(engine) == ("", False)


def figure(engine: Engine, *, measure: bool = True) -> tuple[str, bool]:
    """What the app is told by a driver with this engine."""
    driver = object.__new__(ThinDriver)
    driver.engine, driver.measure = engine, measure
    return driver.link_text(), driver.slow


def test_a_slow_line_is_told_where_it_is_measured_and_only_while_answers_tell() -> None:
    engine = small()
    engine.next_frame(0.0)
    answer(engine, 0.25)
    assert figure(engine) == ("link 250 ms", True)
    assert figure(engine, measure=False) == ("", False)
    engine.replied("\x1bP>|tmux 3.4\x1b\\", 0.3)
    assert figure(engine) == ("", False), "what answered was not the terminal"


def test_acknowledged_means_the_frame_with_what_is_drawn_now() -> None:
    engine = small()
    engine.next_frame(0.0)
    engine.write("\x1b[5;1Hdialog")
    seen = engine.acknowledgement()
    answer(engine, 0.1)
    assert not seen()  # that was the frame before
    engine.next_frame(0.1)
    assert not seen()
    answer(engine, 0.2)
    assert seen()
    assert engine.acknowledgement()()


def test_acknowledged_also_where_what_was_drawn_changed_nothing() -> None:
    engine = small()
    engine.next_frame(0.0)
    engine.write("\x1b[1;1Hstart\x1b[1;1H")
    seen = engine.acknowledgement()
    answer(engine, 0.1)
    engine.next_frame(0.1)
    assert seen()


def test_a_terminal_that_claims_too_many_rows_is_found_out() -> None:
    engine = small(abilities=Abilities(margins=True, repeat="any"))
    engine.next_frame(0.0)
    engine.replied("\x1b[7;40R", 0.1)  # the cursor was sent to row 10
    assert engine.smaller
    frame = engine.next_frame(0.2)
    assert "start" in frame
    assert "\x1b[C" not in frame and "\r\n" not in frame
    engine.replied("\x1b[7;40R", 0.3)
    assert not engine.due and not engine.pace.waiting
    engine.resize(40, 7)
    assert not engine.smaller


def test_a_terminal_that_claims_too_many_columns_is_found_out() -> None:
    for true in (39, 30, 12, 2):
        engine = small(abilities=Abilities(margins=True, repeat="any"))
        engine.next_frame(0.0)
        engine.replied(f"\x1b[10;{true}R", 0.1)  # the cursor was sent to column 40
        assert engine.smaller, true
        assert "start" in engine.next_frame(0.2)
        engine.replied(f"\x1b[10;{true}R", 0.3)
        assert not engine.due and not engine.pace.waiting


def test_a_terminal_that_was_smaller_for_a_moment_can_again_what_it_could() -> None:
    """A window made smaller over a slow line: answers tell of it before SIGWINCH does."""
    engine = small(abilities=Abilities(margins=True, repeat="any"))
    engine.next_frame(0.0)
    engine.replied("\x1b[7;30R", 0.1)
    engine.resize(30, 7)
    for turn in range(2):
        for y in range(7):
            engine.write(f"\x1b[{y + 1};1H{chr(97 + y + turn) * 25}\x1b[1;1H")
        frame = engine.next_frame(1.0 + turn)
        answer(engine, 1.5 + turn)
    assert "\x1b[M" in frame  # rows move as before
    assert len(frame) < 200


def test_a_silent_terminal_that_is_asked_again_holds_escape_back_for_two_seconds_only() -> None:
    engine = small()
    engine.next_frame(0.0)
    engine.write("x")
    assert engine.next_frame(FIRST_ANSWER)
    assert not engine.expecting
    engine.write("y")
    assert "\x1b[6n" in engine.next_frame(11.0)
    assert engine.expecting
    assert engine.pace.next_look(11.5) == 11.0 + FIRST_ANSWER
    assert engine.next_frame(11.0 + FIRST_ANSWER) == ""
    assert not engine.expecting
    assert engine.pace.next_look(14.0) is None


def test_answers_from_a_screen_of_one_row_are_no_keys() -> None:
    engine = Engine(80, 1, Abilities(), Pace(None))
    for turn in range(40):
        engine.write(f"\x1b[1;1H{turn}")
        assert engine.next_frame(float(turn))
        answer(engine, turn + 0.5)
        assert not engine.pace.waiting
        assert engine._column(engine.number) > 16  # CSI 1 ; 2..16 R is F3 with modifiers


def test_an_answer_from_before_a_window_grew_is_no_lie() -> None:
    engine = small(abilities=Abilities(margins=True))
    engine.next_frame(0.0)
    engine.resize(60, 20)
    engine.replied("\x1b[10;40R", 0.1)
    assert not engine.smaller
    assert engine.next_frame(0.2)
    answer(engine, 0.3)
    assert not engine.smaller and not engine.pace.waiting


def test_a_terminal_that_always_answers_the_same_place_is_believed_in_order() -> None:
    engine = small()
    engine.next_frame(0.0)
    engine.replied("\x1b[1;1R", 0.1)
    engine.write("\x1b[2;1Hmore")
    assert engine.next_frame(0.2)
    engine.replied("\x1b[1;1R", 0.3)
    assert engine.pace.acknowledged == 2
    assert not engine.smaller


def test_widths_are_asked_once_and_a_wide_answer_makes_every_such_character_unsure() -> None:
    engine = small()
    told: list[bool] = []
    engine.on_ambiguous = told.append
    assert not engine.expecting
    assert "●" in engine.greeting()
    assert engine.expecting
    assert "start" in engine.next_frame(0.0)
    engine.replied("\x1b[2;3R", 0.1)
    assert told == [True]
    assert not engine.pen.sure["●"]
    assert engine.pen.sure["x"]


@pytest.mark.parametrize(("column", "sure"), [(2, True), (3, False)])
def test_what_may_be_an_emoji_is_measured(column: int, sure: bool) -> None:
    engine = small()
    engine.greeting()
    assert not engine.pen.sure["✖"]
    engine.replied("\x1b[2;2R", 0.1)
    assert engine.expecting
    engine.replied(f"\x1b[2;{column}R", 0.1)
    assert not engine.expecting
    assert engine.pen.sure["✖"] == sure
    engine.write("\x1b[1;1H✖ broken\x1b[1;1H")
    assert ("✖ broken" in engine.next_frame(0.2)) == sure


@pytest.mark.parametrize(
    ("trip", "rate", "text"),
    [
        (0.001, 0, ""),
        (0.055, 0, "link 50 ms"),
        (0.25, 16_000, "link 250 ms 16 kB/s"),
        (0.12, 128 * 1024, "link 100 ms 128 kB/s"),
        (2.0, 1200, "link 1 s 1 kB/s"),
        (0.02, 40_000, "link 32 kB/s"),
        (0.01, 3_000_000, ""),
    ],
)
def test_the_figure_comes_in_steps(trip: float, rate: float, text: str) -> None:
    link = Link()
    now = 0.0
    for turn in range(24):
        size = 4000 if turn % 2 and rate else 100
        took = trip + (size / rate if rate else 0)
        link.answered(size, now, now + took, alone=True)
        now += took + 0.1
    assert link.text() == text


@pytest.mark.parametrize(("trip", "rate", "text"), [(0.3, 16_000, "link 250 ms 16 kB/s"), (0.3, 4_000, "link 250 ms 4 kB/s")])
def test_the_rate_is_what_the_line_carries_not_what_two_frames_on_their_way_make_of_it(
    trip: float, rate: float, text: str
) -> None:
    """A log that is followed: a frame whenever one may go, two unanswered, the line idle between them."""
    link = Link()
    link.answered(60, 0.0, trip, alone=True)
    waiting: list[tuple[float, float]] = []  # sent, answered
    now, free = 1.0, 0.0
    for _ in range(40):
        while len(waiting) < 2:
            free = max(free, now + trip / 2) + 1800 / rate
            waiting.append((now, free + trip / 2))
            now += 0.05  # the next is drawn a little later
        sent, now = waiting.pop(0)
        link.answered(1800, sent, now, alone=False)
    assert link.text() == text


def test_the_figure_does_not_dance() -> None:
    link = Link()
    seen = set()
    now = 0.0
    for turn in range(60):
        link.answered(100, now, now + 0.075 + (0.004 if turn % 2 else -0.004), alone=True)
        now += 1
        seen.add(link.text())
    assert len(seen) <= 2  # the first may differ from the rest


def test_a_width_that_is_never_told_is_not_awaited_for_ever() -> None:
    engine = small()
    engine.greeting()
    engine.next_frame(0.0)
    answer(engine, 0.1)
    assert not engine.expecting
    silent = small()
    silent.greeting()
    silent.next_frame(0.0)
    silent.write("x")
    silent.next_frame(FIRST_ANSWER)
    assert not silent.expecting


def test_a_terminal_narrower_than_the_columns_asked_from_is_still_answered_in_order() -> None:
    engine = Engine(6, 2, Abilities(), Pace(None))
    for number in range(1, 8):
        engine.write(f"\x1b[1;1H{number}")
        frame = engine.next_frame(number / 10)
        assert str(number) in frame, "the answer to the frame before was taken for an older one's"
        asked = int(frame[: frame.index(ASK)].rpartition("\x1b[2;")[2].removesuffix("H") or 0) if "\x1b[2;" in frame else 6
        engine.replied(f"\x1b[2;{min(asked, 4)}R", number / 10 + 0.01)

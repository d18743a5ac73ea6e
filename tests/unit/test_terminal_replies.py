"""Answers never become keys, keys never get lost: all answers, all splits, any delay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import textual._parser
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from tests.examples import examples
from tui.terminal.private import ESCAPE_DELAY, Keys
from tui.terminal.replies import LONGEST, ReplyFilter

ANSWERS = {
    "position": "\x1b[24;80R",
    "position at the left": "\x1b[50;3R",
    "extended position": "\x1b[?12;1R",
    "extended position with page": "\x1b[?12;1;1R",
    "status": "\x1b[0n",
    "attributes": "\x1b[?62;22c",
    "many attributes": "\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c",
    "secondary attributes": "\x1b[>41;390;0c",
    "version": "\x1bP>|XTerm(390)\x1b\\",
    "version with keys in it": "\x1bP>|kitty(0.35.2) q u i t\x1b\\",
    "no margins": "\x1b[?69;0$y",
    "margins": "\x1b[?69;2$y",
    "kitty's flags": "\x1b[?1u",
}
#: what is typed, and the key that Textual makes of it
KEYS = {
    "j": "j", "q": "q", "u": "u", "[": "left_square_bracket", "R": "R", "P": "P", "\x1b": "escape", "\x1b[A": "up",
    "\x1b[15~": "f5", "\x1bOR": "f3", "\x1b[1;5C": "ctrl+right", "\r": "enter", "\x1b[1;2R": "shift+f3", "é": "é",
    "\x1b[3~": "delete",
    "\x1b[106;5u": "ctrl+j", "0": "0", ";": "semicolon",
}  # fmt: skip


class Typist:
    """The terminal's side: writes pieces, lets time pass; collects what the app would get."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.awaited = 0
        self.keys: list[str] = []
        self.replies: list[str] = []
        self.others: list[Message] = []
        monkeypatch.setattr(textual._parser, "get_time", lambda: self.now)
        self.filter = ReplyFilter(lambda: self.awaited > 0, lambda: self.now, ESCAPE_DELAY)
        self.parser = Keys()

    def take(self, messages: object) -> None:
        for message in messages:  # type: ignore[attr-defined]
            if isinstance(message, events.Key):
                self.keys.append(message.key)
            else:
                self.others.append(message)

    def pieces(self, pieces: object) -> None:
        for piece in pieces:  # type: ignore[attr-defined]
            if piece.kind == "reply":
                self.replies.append(piece.text)
                self.awaited -= 1
            elif piece.kind == "escape":
                self.take(self.parser.escape())
            elif piece.kind == "key":
                self.take(self.parser.key(piece.text))
            else:
                self.take(self.parser.feed(piece.text))

    def write(self, text: str) -> None:
        if text:
            self.pieces(self.filter.feed(text))

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 0.1)
            self.pieces(self.filter.tick())
            self.take(self.parser.tick())


@pytest.fixture
def typist(monkeypatch: pytest.MonkeyPatch) -> Iterator[Typist]:
    yield Typist(monkeypatch)


DELAYS = st.sampled_from([0.0, 0.0, 0.02, 0.15, 0.4, 5.0, LONGEST - 1])


@settings(max_examples=examples(200, 4000))
@given(st.data())
def test_answers_never_become_keys_and_keys_are_never_lost(data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        typist = Typist(monkeypatch)
        script = data.draw(
            st.lists(
                st.one_of(
                    st.tuples(st.just("answer"), st.sampled_from(sorted(ANSWERS))),
                    st.tuples(st.just("key"), st.sampled_from(sorted(KEYS))),
                ),
                max_size=8,
            )
        )
        typist.awaited = sum(kind == "answer" for kind, _ in script)
        typed, answered = [], []
        for kind, name in script:
            if kind == "key":
                typed.append(KEYS[name])
                typist.write(name)  # a key arrives whole, and the next one is no part of it
                typist.wait(0.3)
                continue
            answer = ANSWERS[name]
            answered.append(answer)
            cuts = sorted(data.draw(st.sets(st.integers(1, len(answer) - 1), max_size=3)))
            for begin, end in zip([0, *cuts], [*cuts, len(answer)], strict=True):
                typist.write(answer[begin:end])
                if end < len(answer):
                    typist.wait(data.draw(DELAYS))
        typist.wait(1.0)
        assert typist.replies == answered
        assert typist.keys == typed


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_an_answer_cut_anywhere_is_one(typist: Typist, name: str) -> None:
    answer = ANSWERS[name]
    for cut in range(1, len(answer)):
        typist.awaited = 1
        typist.write(answer[:cut])
        typist.wait(3.0)
        typist.write(answer[cut:])
        typist.wait(1.0)
    assert typist.keys == []
    assert typist.replies == [answer] * (len(answer) - 1)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_an_answer_nobody_waits_for_is_no_key_either(typist: Typist, name: str) -> None:
    typist.write(ANSWERS[name])
    typist.wait(1.0)
    assert typist.keys == []


def test_escape_is_quick_where_nothing_is_awaited(typist: Typist) -> None:
    typist.write("\x1b")
    typist.wait(0.2)
    assert typist.keys == ["escape"]


def test_escape_pressed_while_an_answer_is_awaited_comes_with_it(typist: Typist) -> None:
    typist.awaited = 1
    typist.write("\x1b")
    typist.wait(2.0)
    assert typist.keys == []
    typist.write("\x1b[50;3R")
    assert typist.keys == ["escape"]
    assert typist.replies == ["\x1b[50;3R"]


def test_escape_comes_once_the_answer_was_handled_elsewhere(typist: Typist) -> None:
    typist.awaited = 1
    typist.write("\x1b")
    typist.awaited = 0
    typist.wait(0.2)
    assert typist.keys == ["escape"]


def test_escape_and_a_letter_apart_are_two_keys_and_together_are_alt(typist: Typist) -> None:
    typist.awaited = 1
    typist.write("\x1b")
    typist.wait(1.0)
    typist.write("j")
    assert typist.keys == ["escape", "j"]
    typist.write("\x1bj")
    typist.wait(0.2)
    assert typist.keys[2:] == ["alt+j"]


def test_shift_f3_is_a_key_though_an_answer_is_awaited(typist: Typist) -> None:
    typist.awaited = 1
    typist.write("\x1b[1;2R\x1b[50;2R")
    assert typist.keys == ["shift+f3"]
    assert typist.replies == ["\x1b[50;2R"]


def test_a_paste_is_not_looked_into(typist: Typist) -> None:
    whole = "\x1b[200~a \x1b[5;5R b\x1b[201~"
    for cut in range(1, 8):
        pieces = typist.filter.feed(whole[:-cut]) + typist.filter.feed(whole[-cut:] + "j")
        assert {piece.kind for piece in pieces} == {"typed"}
        assert "".join(piece.text for piece in pieces) == whole + "j"


def test_the_rest_of_an_answer_that_never_ended_in_time_is_taken_out(typist: Typist) -> None:
    typist.awaited = 1
    typist.write("\x1b")
    typist.wait(LONGEST + 1)
    assert typist.keys == ["escape"]  # the one case in which half an answer is taken for the key: after a minute
    typist.write("[24;80Rj")
    typist.wait(0.2)
    assert typist.keys == ["escape", "j"]


def test_mouse_and_focus_pass(typist: Typist) -> None:
    typist.awaited = 1
    typist.write("\x1b[<0;10;5M\x1b[I\x1b[O")
    assert [type(message).__name__ for message in typist.others] == ["MouseDown", "AppFocus", "AppBlur"]

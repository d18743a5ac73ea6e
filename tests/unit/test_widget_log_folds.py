"""Stack traces fold, other indented text does not, and a growing run folds as if it had been there at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.log_folds import Fold, Folds, fold_words, has_frame
from widgets.log_rows import LogEntry, LogLook, rows_of

JAVA = [
    "ERROR boom",
    "java.lang.IllegalStateException: x",
    "\tat a.B.c(B.java:7)",
    "\tat d.E.f(E.java:9)",
    "Caused by: y",
    "\t... 12 more",
    "INFO on",
]
PYTHON = [
    "failed",
    "Traceback (most recent call last):",
    '  File "/app/x.py", line 3, in go',
    "    go()",
    "ValueError: no",
    "next",
]
GO = ["panic: nil map", "goroutine 1 [running]:", "\t/app/main.go:12 +0x1d", "exit status 2"]
NODE = ["TypeError: x is not a function", "    at handle (/app/a.js:3:9)", "    at next (/app/b.js:8:1)"]
YAML = ["settings:", "  port: 80", "  host: x"]


def folds(texts: list[str], sources: list[str] | None = None) -> Folds:
    return Folds(lambda n: (n, sources[n] if sources else "a", texts[n], "line"))


def shown(made: Folds, count: int) -> list[Fold | None]:
    return [made.fold_of(n, 0, count) for n in range(count)]


@pytest.mark.parametrize(
    ("texts", "start", "end"),
    [(JAVA, 2, 6), (PYTHON, 1, 4), (GO, 1, 3), (NODE, 1, 3), (YAML, 0, 0)],
    ids=["java", "python", "go", "node", "yaml"],
)
def test_what_folds(texts: list[str], start: int, end: int) -> None:
    expected = [Fold(start, end) if start <= n < end else None for n in range(len(texts))]
    assert shown(folds(texts), len(texts)) == expected


def test_another_source_in_between_ends_a_run() -> None:
    texts = [NODE[0], NODE[1], "INFO other", NODE[2], NODE[1]]
    assert shown(folds(texts, ["a", "a", "b", "a", "a"]), 5) == [None, None, None, Fold(3, 5), Fold(3, 5)]


texts = st.lists(st.sampled_from([*JAVA, *PYTHON, *YAML]), min_size=1, max_size=40)


@given(
    texts, st.lists(st.sampled_from("ab"), min_size=40, max_size=40), st.lists(st.integers(1, 9), min_size=1), st.integers(0, 10)
)
def test_a_log_that_grows_folds_as_one_that_was_there_at_once(
    lines: list[str], who: list[str], steps: list[int], first: int
) -> None:
    growing = folds(lines, who)
    drawn: dict[int, Fold | None] = {}
    end = 0
    for step in [*steps, len(lines)]:
        end = min(end + step, len(lines))
        since, until = growing.grow(0, end)
        drawn = {n: fold for n, fold in drawn.items() if not since <= n < until}
        for n in range(end):
            drawn.setdefault(n, growing.fold_of(n, 0, end))
    assert list(drawn.values()) and [drawn[n] for n in range(end)] == shown(folds(lines, who), end)


def rows(text: str, **look: object) -> list[str]:
    made = rows_of(LogEntry(0, "cart", text), LogLook(80, timestamps=False, **look), lambda source: "x")  # type: ignore[arg-type]
    return ["".join(piece for piece, _ in row) for row in made]


def test_an_event_of_several_lines_folds_too() -> None:
    assert rows("\n".join(NODE)) == [NODE[0], "…  2 lines of stack trace (Enter)"]
    assert rows("\n".join(NODE), folded=False) == NODE
    assert rows("\n".join(YAML)) == ["settings:", "…  2 more lines (Enter)"]
    assert rows("one\n") == ["one"] and rows("one\ntwo") == ["one", "two"]


def test_words() -> None:
    assert fold_words(1234) == "…  1,234 lines of stack trace (Enter)"
    assert not has_frame("at home") and has_frame("    at home (x)")

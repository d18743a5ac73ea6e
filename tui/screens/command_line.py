"""The ``:`` line: words to a place to go or something the program does, and their completion.

``:po payments /api app=web @shop-2`` opens the pods of namespace payments that match ``api`` and carry the label, in the
context shop-2. What is no kind is one of the program's own words.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from config import THEME_NAMES
from tui.screens.console import Console

#: word, handler of the main screen, what it does
WORDS: tuple[tuple[str, str, str], ...] = (
    ("quit", "leave", "leave pierhead"),
    ("help", "open_help", "the keys that work here"),
    ("profile", "choose_profile", "change the AWS profile"),
    ("region", "choose_region", "change the region"),
    ("ctx", "choose_context", "change the Kubernetes context"),
    ("errors", "open_errors", "all failures"),
    ("journal", "open_journal", "what was done from here"),
    ("calls", "open_calls", "API calls by family, budgets, throttles"),
    ("sources", "open_sources", "freshness of everything"),
    ("rollouts", "open_rollouts", "what is running"),
    ("settle", "settle", "read what became of actions without outcome"),
    ("kinds", "all_kinds", "all kinds"),
    ("theme", "choose_theme", ", ".join(THEME_NAMES)),
    ("plain", "plain", "one pane without borders, for copying from the screen; again: back"),
    ("home", "go_home", "the first screen"),
)

ALIASES = {"q": "quit", "q!": "quit", "exit": "quit", "h": "help", "context": "ctx", "contexts": "ctx", "rollout": "rollouts"}


class Goto(Struct, frozen=True):
    """Open a kind, narrowed."""

    kind: str
    scope: str = ""
    filter: str = ""
    context: str = ""


class Do(Struct, frozen=True):
    """Call a handler of the main screen with an argument."""

    handler: str
    argument: str = ""


class CommandError(ValueError):
    """A line that means nothing; ``str()`` says what was expected."""


def parse(text: str, console: Console) -> Goto | Do:
    """What the line means. Raises CommandError."""
    words = text.strip().lstrip(":").split()
    if not words:
        raise CommandError("a command, please: services, pods, problems … (Tab completes)")
    first, rest = words[0], words[1:]
    name = ALIASES.get(first.lower(), first.lower())
    for word, handler, _ in WORDS:
        if name == word and not (name == "ctx" and not rest):
            return Do(handler, " ".join(rest))
    pane = console.pane_of(first)
    if pane is None:
        near = [word for word in completions(first[:2], console) if word]
        hint = f"; near: {', '.join(near[:4])}" if near else ""
        raise CommandError(f"no kind or command is called {first!r}{hint} · ctrl-a lists all kinds")
    if pane.inside:
        raise CommandError(f"{pane.title.lower()} are shown for one row: open them from it in :{pane.inside}")
    scope, context = "", ""
    tests: list[str] = []
    for word in rest:
        if word.startswith("@"):
            context = word[1:]
        elif word.startswith("/"):
            tests.append(word[1:])
        elif "=" in word:
            tests.append(f"-l {word}")
        elif not scope:
            scope = "" if word in ("all", "*", "-A") else word
        else:
            tests.append(word)
    return Goto(pane.kind, scope, " ".join(tests), context)


def vocabulary(console: Console) -> list[str]:
    """Every first word: kinds, aliases, the program's own."""
    words = [word for word, _, _ in WORDS]
    for pane in (pane for pane in console.panes.values() if not pane.inside):
        words += [pane.kind if pane.kind != "findings" else "problems", *pane.aliases]
    return sorted(set(words))


def completions(text: str, console: Console) -> Sequence[str]:
    """Whole lines that ``text`` may become, best first."""
    if " " not in text.strip() and not text.endswith(" "):
        word = text.strip().lower()
        found = [w for w in vocabulary(console) if w.startswith(word)]
        return sorted(found, key=lambda w: (len(w) < 3, len(w), w)) if word else []
    head, _, last = text.rpartition(" ")
    pane = console.pane_of(head.split()[0]) if head.split() else None
    if pane is None:
        options: list[str] = []
        if head.split() and head.split()[0] == "theme":
            options = [*THEME_NAMES]
        return [f"{head} {option}" for option in options if option.startswith(last)]
    if last.startswith("@"):
        labels = [value for value, _ in console.connection.choices("context")] if console.connection else []
        return [f"{head} @{value}" for value in labels if value.startswith(last[1:])]
    kind = {"cluster": "clusters", "namespace": "namespaces"}.get(pane.scoped_by, "")
    names = sorted({row.name for row in console.store.rows(kind)}) if kind else []
    return [f"{head} {name}" for name in names if name.startswith(last)]

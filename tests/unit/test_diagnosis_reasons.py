"""Recorded wordings of ECS (Developer Guide, agents) and what is made of them; unknown ones are shown whole."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tui.diagnosis.reasons import book, explain, explain_placement
from tui.model.image import ImageRef

RECORDED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
WORDINGS = [(entry["text"], entry["cause"], entry["says"]) for entry in RECORDED["reason"]]
NO_FAULT = [(entry["text"], entry["cause"]) for entry in RECORDED["no-fault"]]
PLACEMENTS = [(entry["text"], entry["says"]) for entry in RECORDED["placement"]]


def test_there_are_enough_wordings() -> None:
    assert len(WORDINGS) + len(NO_FAULT) + len(PLACEMENTS) >= 60


@pytest.mark.parametrize(("reason", "cause", "sentence"), WORDINGS)
def test_a_known_wording(reason: str, cause: str, sentence: str) -> None:
    found = explain(reason, memory=512)
    assert found is not None
    assert (found.cause, found.sentence) == (cause, sentence)
    assert found.fault


@pytest.mark.parametrize(("reason", "cause"), NO_FAULT)
def test_what_is_no_fault(reason: str, cause: str) -> None:
    found = explain(reason)
    assert found is not None
    assert found.cause == cause
    assert not found.fault


@pytest.mark.parametrize(("message", "sentence"), PLACEMENTS)
def test_why_there_is_no_place(message: str, sentence: str) -> None:
    found = explain_placement(message)
    assert found is not None
    assert found.sentence == sentence


def test_other_events_are_no_placement() -> None:
    assert explain_placement("(service web) has reached a steady state.") is None


@pytest.mark.parametrize("reason", ["Something that AWS never said before: 42", "aufgrund von {braces} %s", "x" * 3000])
def test_unknown_wordings_are_shown_whole(reason: str) -> None:
    found = explain(reason)
    assert found is not None
    assert found.cause == "other"
    assert found.sentence == reason


def test_nothing_said_is_nothing_explained() -> None:
    assert explain("") is None
    assert explain(" \n ") is None


def test_the_containers_image_is_named_where_the_reason_names_none() -> None:
    found = explain(
        "CannotPullContainerError: context canceled",
        image=ImageRef.parse("482913750164.dkr.ecr.eu-west-1.amazonaws.com/shop/search:4.2.0"),
    )
    assert found is not None
    assert found.sentence == "pulling search:4.2.0 took too long"


def test_every_wording_of_the_book_is_met_by_a_recorded_one() -> None:
    """Few are allowed to have no example; each list must have most of its causes shown here."""
    met = {cause for _, cause, _ in WORDINGS} | {cause for _, cause in NO_FAULT} | {"no-capacity", "no-place"}
    lists = book()
    causes = {w.cause for name in ("pull", "resources", "start", "stopped", "placement") for w in getattr(lists, name)}
    assert len(causes - met) <= 12, sorted(causes - met)


@settings(max_examples=examples(80), deadline=None)
@given(st.sampled_from([w[0] for w in WORDINGS]), st.text(max_size=60), st.integers(0, 300), st.integers(0, 2048))
def test_cut_and_garbled_reasons_give_one_plain_line(reason: str, noise: str, cut: int, memory: int) -> None:
    found = explain(reason[:cut] + noise, memory=memory)
    if found is not None:
        assert found.sentence
        assert found.sentence.isprintable()
        assert "{" not in found.sentence or "{" in noise

"""Which EKS cluster is connected to, and in which role, by what is given and what there is."""

from __future__ import annotations

import pytest

from tests.unit.aws_stage import ACCOUNT
from tests.unit.test_aws_hub import REGION
from tui.model import Scope
from tui.model.kubernetes import EksClusterRow
from tui.model.scope import Key
from tui.sources.choose import Choice, Given, choose
from tui.sources.facts import role_of


def eks(name: str, endpoint: str = "") -> EksClusterRow:
    scope = Scope("o", "aws", ACCOUNT, REGION)
    arn = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{name}"
    return EksClusterRow(
        key=Key.of("eks-clusters", scope, arn), scope=scope, name=name, arn=arn, endpoint=endpoint or f"https://{name}.example"
    )


ONE, TWO = [eks("one")], [eks("one"), eks("two")]
HERE = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/one"


@pytest.mark.parametrize(
    ("given", "how", "name"),
    [
        (Given(context="mine", cluster="two", current="x", clusters=TWO, account=ACCOUNT, region=REGION), "context", "mine"),
        (Given(cluster="two", current="x", clusters=TWO, account=ACCOUNT, region=REGION), "eks", "two"),
        (
            Given(cluster=f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/two", clusters=TWO, account=ACCOUNT, region=REGION),
            "eks",
            "two",
        ),
        (
            Given(current="c", servers=[("c", "https://TWO.example/")], clusters=TWO, account=ACCOUNT, region=REGION),
            "context",
            "c",
        ),
        (
            Given(current="c", servers=[("c", "https://elsewhere.example")], clusters=TWO, account=ACCOUNT, region=REGION),
            "none",
            "",
        ),
        (
            Given(current="c", servers=[("c", "https://elsewhere.example")], clusters=ONE, account=ACCOUNT, region=REGION),
            "eks",
            "one",
        ),
        (Given(clusters=ONE, account=ACCOUNT, region=REGION), "eks", "one"),
        (Given(clusters=[], account=ACCOUNT, region=REGION), "none", ""),
        (Given(current=HERE, servers=[(HERE, "https://x")], clusters=None, account=ACCOUNT, region=REGION), "context", HERE),
        (
            Given(
                current="c",
                servers=[("c", "https://A.gr7.eu-west-1.eks.amazonaws.com")],
                clusters=None,
                account=ACCOUNT,
                region=REGION,
            ),
            "context",
            "c",
        ),
        (
            Given(
                current="c",
                servers=[("c", "https://A.gr7.us-east-1.eks.amazonaws.com")],
                clusters=None,
                account=ACCOUNT,
                region=REGION,
            ),
            "none",
            "",
        ),
        (Given(current="kind", servers=[("kind", "https://127.0.0.1:6443")]), "context", "kind"),
        (Given(), "none", ""),
    ],
)
def test_choice(given: Given, how: str, name: str) -> None:
    found = choose(given)
    assert (found.how, found.name) == (how, name)
    assert found.why


def test_choice_says_how_many() -> None:
    assert choose(Given(clusters=TWO, account=ACCOUNT, region=REGION)) == Choice(
        "none", "", "there are 2 EKS clusters: choose one"
    )


@pytest.mark.parametrize(
    ("caller", "role"),
    [
        ("arn:aws:sts::1:assumed-role/PowerUser/anna", "PowerUser"),
        ("arn:aws:sts::1:assumed-role/AWSReservedSSO_PowerUser_0123/anna", "AWSReservedSSO_PowerUser_0123"),
        ("arn:aws:iam::1:user/dev/anna", "anna"),
        ("arn:aws:iam::1:root", "root"),
        ("", ""),
    ],
)
def test_role(caller: str, role: str) -> None:
    assert role_of(caller) == role

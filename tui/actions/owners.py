"""Who owns an object and will put it back as it was: told from its tags, labels and annotations.

Facts: CloudFormation tags what it makes with ``aws:cloudformation:stack-name``; Copilot with ``copilot-service``; Terraform
sets no tag by itself, teams mark it with ``ManagedBy`` or ``terraform``. Argo CD's tracking is a label or an annotation; Flux
labels with the toolkit's names; Helm 3 writes ``meta.helm.sh/release-name``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_REVERT = "will put this back at its next"

_MANAGED = ("managedby", "managed-by", "managed_by", "provisioner", "provisionedby", "provisioned-by", "iac")


def aws_owners(tags: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Warnings for an AWS resource with these tags."""
    found: list[str] = []
    for name, value in tags:
        plain = name.lower()
        if name == "aws:cloudformation:stack-name":
            found.append(f"CloudFormation stack {value} owns this and {_REVERT} update or drift repair")
        elif name == "copilot-service":
            found.append(f"AWS Copilot service {value} owns this and {_REVERT} deployment")
        elif (plain in _MANAGED and "terraform" in value.lower()) or (
            plain == "terraform" and value.lower() not in ("false", "no")
        ):
            found.append(f"Terraform owns this (tag {name}={value}) and {_REVERT} apply")
        elif plain in _MANAGED and value.lower() in ("pulumi", "cdk", "opentofu", "tofu"):
            found.append(f"{value} owns this (tag {name}={value}) and {_REVERT} deployment")
        elif plain in ("pipeline", "codepipeline", "deployed-by", "deployedby"):
            found.append(f"pipeline {value} deploys this and {_REVERT} run")
    return tuple(found)


def kubernetes_owners(labels: Mapping[str, str], annotations: Mapping[str, str]) -> tuple[str, ...]:
    """Warnings for a Kubernetes object with these labels and annotations."""
    found: list[str] = []
    tracking = annotations.get("argocd.argoproj.io/tracking-id", "").partition(":")[0]
    argo = labels.get("argocd.argoproj.io/instance", "") or tracking
    if argo:
        found.append(f"Argo CD application {argo} owns this and {_REVERT} sync")
    for toolkit in ("kustomize", "helm"):
        flux = labels.get(f"{toolkit}.toolkit.fluxcd.io/name", "")
        if flux:
            found.append(f"Flux {toolkit} {flux} owns this and {_REVERT} reconciliation")
    release = annotations.get("meta.helm.sh/release-name", "")
    if release or (labels.get("app.kubernetes.io/managed-by") == "Helm" and not argo):
        found.append(f"Helm release {release or labels.get('app.kubernetes.io/instance', '?')} owns this and {_REVERT} upgrade")
    if labels.get("app.kubernetes.io/managed-by", "").lower() == "terraform":
        found.append(f"Terraform owns this and {_REVERT} apply")
    return tuple(found)

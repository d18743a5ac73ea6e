"""The command line: ``pierhead [demo|simulate|get|doctor|config|completion]``. Heavy imports wait until they are needed."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tui import __version__

if TYPE_CHECKING:
    import argparse

KINDS_HELP = (
    "clusters, services, tasks, containers, task-definitions, repositories, images, alarms, eks-clusters, "
    "namespaces, nodes, deployments, replica-sets, pods, events, problems"
)
THEMES = ("dark", "light", "high-contrast", "colour-blind", "terminal")
FORMATS = ("table", "json", "yaml", "csv", "name")
SYMBOLS = ("auto", "unicode", "ascii")


def parser(kinds: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The options, for argparse and for shell completion; that one is told the ``kinds``, which otherwise ``get`` checks."""
    import argparse

    top = argparse.ArgumentParser(
        prog="pierhead", description="A keyboard-driven operations console for containers on AWS: ECS, ECR and EKS on one screen."
    )
    top.add_argument("--version", action="version", version=f"pierhead {__version__}")
    place_options(top)
    screen_options(top)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands (none: open the console)")
    demo = commands.add_parser("demo", help="open the console on the embedded world; nothing real is touched")
    world_options(demo)
    screen_options(demo)
    demo.add_argument("--read-only", action="store_true", help="nothing can be written")
    simulate = commands.add_parser("simulate", help="run the embedded world alone, for boto3, the aws CLI, kubectl …")
    world_options(simulate)
    get = commands.add_parser("get", help="print rows or whole objects and end")
    get.add_argument("kind", choices=kinds, metavar="KIND", help=KINDS_HELP)
    get.add_argument(
        "name",
        nargs="?",
        default="",
        metavar="NAME",
        help="only this one: its name, CLUSTER/NAME, NAMESPACE/NAME, REPOSITORY:TAG, FAMILY:REVISION or ARN",
    )
    get.add_argument(
        "-o", "--output", choices=("table", "json", "yaml", "csv", "name"), default="table", help="how it is printed (table)"
    )
    get.add_argument("-n", "--namespace", default="", help="only this namespace")
    get.add_argument("-A", "--all-namespaces", action="store_true", help="all namespaces (so it is without -n)")
    get.add_argument(
        "-w",
        "--watch",
        action="store_true",
        help="go on: each row again when it changes, until ctrl-c; JSON then is one object a line",
    )
    get.add_argument("--reveal", action="store_true", help="show the values of environment variables and secrets")
    get.add_argument("--cluster", default="", metavar="NAME", help="only this ECS cluster (otherwise all)")
    get.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="give up after so long (60)")
    place_options(get)
    doctor = commands.add_parser("doctor", help="check the terminal, the settings, the credentials and the clusters")
    place_options(doctor)
    config = commands.add_parser("config", help="show the settings that hold and where each came from")
    place_options(config)
    completion = commands.add_parser("completion", help="print a completion script for a shell")
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    return top


def place_options(to: argparse.ArgumentParser) -> None:
    """Where to look, and with which settings. Without a default each, so that a subcommand's never hides the first's."""
    import argparse

    none = argparse.SUPPRESS
    _file(to.add_argument("--config", default=none, metavar="FILE", help="the settings' file"))
    to.add_argument("--profile", default=none, metavar="NAME", help="AWS profile")
    to.add_argument("--region", default=none, metavar="NAME", help="AWS region")
    to.add_argument("--role-arn", default=none, metavar="ARN", help="a role to assume with these credentials")
    to.add_argument("--context", default=none, metavar="NAME", help="kubeconfig context")
    to.add_argument("--eks-cluster", default=none, metavar="NAME", help="EKS cluster to open")
    _file(to.add_argument("--kubeconfig", default=none, metavar="FILE", help="the kubeconfig (otherwise KUBECONFIG's)"))
    to.add_argument("--no-kubernetes", action="store_true", default=none, help="ECS and ECR only")


def _file(action: argparse.Action) -> None:
    """Have shells complete names of files; argparse knows nothing of that."""
    action.complete = {"bash": "_shtab_compgen_files", "zsh": "_files", "tcsh": "f"}  # type: ignore[attr-defined]


def screen_options(to: argparse.ArgumentParser) -> None:
    """How it looks."""
    import argparse

    none = argparse.SUPPRESS
    to.add_argument("--theme", default=none, choices=THEMES, metavar="NAME", help=f"the colours: {', '.join(THEMES)}")
    to.add_argument("--symbols", default=none, choices=SYMBOLS, metavar="SET", help=f"the signs: {', '.join(SYMBOLS)}")
    to.add_argument("--mouse", action="store_true", default=none, help="capture the mouse")
    to.add_argument("--plain-driver", action="store_true", default=none, help="use Textual's own terminal driver")
    to.add_argument("-c", "--start", default=none, metavar="COMMAND", help="the first view, as after ':' (problems, pods …)")
    if to.prog.endswith("pierhead"):
        to.add_argument(
            "--namespace", dest="start_namespace", default=none, metavar="NAME", help="show only this Kubernetes namespace"
        )
        to.add_argument("--cluster", dest="start_cluster", default=none, metavar="NAME", help="show only this ECS cluster")
        to.add_argument("--read-only", action="store_true", default=none, help="nothing can be written")


def world_options(to: argparse.ArgumentParser) -> None:
    """The embedded world's size and temper."""
    to.add_argument("--size", choices=("default", "large"), default="default", help="300 pods and 200 tasks, or 10,000 and 2,000")
    to.add_argument(
        "--seed", type=int, default=1, metavar="NUMBER", help="another number gives another world; the same one the same (1)"
    )
    to.add_argument("--chaos", action="store_true", help="latency, throttling, errors, cut streams, denied calls")


FLAGS = {
    "profile": "aws.profile",
    "region": "aws.region",
    "role_arn": "aws.role_arn",
    "start_namespace": "kubernetes.namespace",
    "start_cluster": "aws.cluster",
    "context": "kubernetes.context",
    "eks_cluster": "kubernetes.cluster",
    "kubeconfig": "kubernetes.kubeconfig",
    "theme": "ui.theme",
    "symbols": "ui.symbols",
    "mouse": "ui.mouse",
    "start": "ui.start_view",
    "read_only": "safety.read_only",
}


def flags_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options that are settings, as ``table.name``."""
    flags: dict[str, Any] = {}
    for option, name in FLAGS.items():
        value = getattr(arguments, option, None)
        if value not in (None, False):
            flags[name] = value
    if getattr(arguments, "no_kubernetes", False):
        flags["kubernetes.enabled"] = False
    if getattr(arguments, "plain_driver", False):
        flags["link.driver"] = "plain"
    return flags


def fail(message: str, status: int = 2) -> int:
    """Say why on standard error."""
    print(f"pierhead: {message}", file=sys.stderr)
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """The console script. A reader that has gone (``| head``) and ctrl-c end it without a traceback."""
    try:
        status = command(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # what is still in the buffer goes nowhere, instead of failing once more at the interpreter's end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def command(argv: Sequence[str] | None = None) -> int:
    """Do what the words say; the exit status."""
    words = sys.argv[1:] if argv is None else argv
    # without a word there is nothing to parse, and the first frame need not wait for what parses
    arguments: Any = parser().parse_args(words) if words else SimpleNamespace(command=None)
    if sys.platform == "win32":
        return fail("native Windows is not supported; run it inside WSL (wsl --install), where it works as on Linux.")
    if arguments.command == "completion":
        import shtab

        from tui.panes import panes

        kinds = sorted("problems" if kind == "findings" else kind for kind, pane in panes().items() if not pane.inside)
        print(shtab.complete(parser(kinds), shell=arguments.shell))
        return 0
    if arguments.command == "simulate":
        from tui.simulator.process import simulate

        return int(simulate(arguments))
    from config import ConfigError, load

    path = Path(arguments.config) if hasattr(arguments, "config") else None
    environment: Mapping[str, str] = os.environ
    try:
        settings = load(path, environment, flags_of(arguments))
    except ConfigError as error:
        return fail(str(error))
    if arguments.command == "config":
        from config import render

        print(render(settings))
        return 0
    if arguments.command == "get":
        from tui.commands.get import run_get

        return run_get(arguments, settings)
    if arguments.command == "doctor":
        from tui.commands.doctor import run_doctor

        return run_doctor(settings)
    return open_console(arguments, settings)


def open_console(arguments: Any, settings: Any) -> int:
    """The interactive session, on the real world or on the embedded one."""
    reason = no_terminal(os.environ)
    if reason:
        return fail(reason)
    from tui.sources.gc_guard import guard

    guard.begin()  # what is imported and built for the first frame all stays; ``PierheadApp.rest`` ends it
    from tui.app import run

    if arguments.command == "demo":
        from tui.commands.demo import demo_world

        status = run(settings, world=demo_world(arguments.size, arguments.seed, arguments.chaos))
    else:
        status = run(settings)
    gc.freeze()  # or the interpreter, as it ends, looks for garbage in all that goes with it: half a second
    return status


def no_terminal(environment: Mapping[str, str]) -> str:
    """Why a full-screen program cannot run here, empty where it can."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "this is no terminal; the console needs one (ssh: ssh -t HOST pierhead). `pierhead get` works in pipes."
    if environment.get("TERM", "") in ("", "dumb"):
        term = environment.get("TERM", "")
        return f"the terminal is TERM={term!r}, which cannot draw a screen; try TERM=xterm-256color. `pierhead get` works here."
    return ""


if __name__ == "__main__":
    sys.exit(main())

"""Our reader of botocore's model files gives what botocore's gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.loaders import JSONFileLoader, Loader

from tui.sources.aws.loading import FIRST_SERVICES, NEXT_SERVICES
from tui.sources.aws.models import ModelFiles, services_in


@pytest.mark.parametrize("service", [*FIRST_SERVICES, *NEXT_SERVICES])
def test_models_equal_botocores(service: str) -> None:
    ours = Loader(file_loader=ModelFiles())
    theirs = Loader(file_loader=JSONFileLoader())
    for kind in ("service-2", "endpoint-rule-set-1"):
        mine, wanted = ours.load_service_model(service, kind), theirs.load_service_model(service, kind)
        assert mine == wanted
        assert list(mine) == list(wanted)
        for shape, value in wanted.get("shapes", {}).items():
            assert list(mine["shapes"][shape].get("members", ())) == list(value.get("members", ())), "the order is theirs"


def test_other_files_equal_botocores() -> None:
    ours, theirs = Loader(file_loader=ModelFiles()), Loader()
    for name in ("_retry", "endpoints", "partitions", "sdk-default-configuration"):
        assert ours.load_data(name) == theirs.load_data(name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert ModelFiles().load_file(str(tmp_path / "none")) is None
    assert not ModelFiles().exists(str(tmp_path / "none"))
    (tmp_path / "some.json").write_text('{"a": 1}')
    assert ModelFiles().load_file(str(tmp_path / "some")) == {"a": 1}
    assert ModelFiles().exists(str(tmp_path / "some"))


def test_services_are_the_folders_of_models(tmp_path: Path) -> None:
    for name in ("ecs", "sts"):
        (tmp_path / name / "2020-01-01").mkdir(parents=True)
    (tmp_path / "endpoints.json").write_text("{}")
    assert services_in([str(tmp_path), str(tmp_path / "none")], "service-2") == ["ecs", "sts"]

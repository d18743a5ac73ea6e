"""Settings: precedence, errors that say where and what is allowed, defaults.toml as the reference."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from config.load import FLAGS, HINTS, line_of
from config.settings import TABLES

DEFAULTS = Path(config.__file__).with_name("defaults.toml")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_file_covers_every_setting_with_its_default() -> None:
    document = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    assert set(document) == {name for name, _ in TABLES} | {"keys"}
    for name, struct in TABLES:
        plain = msgspec.to_builtins(struct())
        assert {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()} == document[name]
    assert document["keys"] == {}


def test_defaults_file_loads_as_a_settings_file() -> None:
    settings = config.load(DEFAULTS, environment={})
    assert msgspec.structs.replace(settings, origins={}) == config.Settings()


def test_every_setting_has_a_comment_above_its_group() -> None:
    lines = DEFAULTS.read_text(encoding="utf-8").splitlines()
    for name, struct in TABLES:
        number = line_of("\n".join(lines), name, struct.__struct_fields__[0])
        assert lines[number - 2].startswith("#"), f"{name}: its first setting has no comment"


def test_file_under_environment_under_flags(tmp_path: Path) -> None:
    path = written(tmp_path, '[ui]\ntheme = "light"\nwide = true\n[aws]\nprofile = "file"\nregion = "eu-west-1"\n')
    settings = config.load(
        path,
        environment={"PIERHEAD_AWS_PROFILE": "variable", "PIERHEAD_AWS_REGION": "us-east-1"},
        flags={"region": "ap-south-1", "theme": None},
    )
    assert (settings.ui.theme, settings.aws.profile, settings.aws.region) == ("light", "variable", "ap-south-1")
    origins = {row.key: row.origin for row in config.effective(settings)}
    assert origins["ui.theme"] == f"{path}:2"
    assert origins["aws.profile"] == "environment PIERHEAD_AWS_PROFILE"
    assert origins["aws.region"] == "--region"
    assert origins["logs.tail"] == "default"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[ui]\n\ntheme = "blue"\n', 3, ("ui.theme", "'blue'", "colour-blind, dark, high-contrast, light, terminal")),
        ("[ui]\nmouse = 1\n", 2, ("ui.mouse", "1", "true, false")),
        ("[logs]\ntail = -1\n", 2, ("logs.tail", "-1", "at least 0")),
        ("[link]\nrate = 12\n", 2, ("link.rate", "12", "at least 300", "unlimited")),
        ('[link]\nrate = "fast"\n', 2, ("link.rate", "'fast'", "unlimited")),
        ("[aws]\nprofle = 1\n", 2, ("aws.profle", "did you mean profile")),
        ("[asw]\n", 1, ("asw", "did you mean aws")),
        ("ui = 3\n", 1, ("ui", "3", "a table")),
        ("[safety]\nprotected = [{}]\n", 2, ("safety.protected", "at least one of account")),
        ("[[safety.protected]]\nacount = '1'\n", 1, ("safety.protected", "account, cluster, namespace")),
        ("[[safety.protected]]\naccount = 482913750164\n", 1, ("safety.protected",)),
        ("[keys]\n'ecs.scale' = 3\n", 2, ("keys.ecs.scale", "3", "text in quotes")),
        ("[ui]\ntheme = \n", 2, ("not TOML",)),
    ],
)
def test_error_names_file_line_key_value_and_what_is_allowed(
    tmp_path: Path, text: str, line: int, words: tuple[str, ...]
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(config.ConfigError) as caught:
        config.load(path, environment={})
    message = str(caught.value)
    assert message.startswith(str(path))
    assert caught.value.line == line
    for word in words:
        assert word in message


def test_named_file_that_is_missing_is_an_error_and_a_default_one_is_not(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigError, match="no such file"):
        config.load(tmp_path / "no.toml", environment={})
    with pytest.raises(config.ConfigError, match="no such file"):
        config.load(environment={"PIERHEAD_CONFIG": str(tmp_path / "no.toml")})


def test_unreadable_file_is_an_error_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(config.ConfigError, match=r"config\.toml: cannot be read"):
        config.load(path, environment={})
    with pytest.raises(config.ConfigError, match="cannot be read"):
        config.load(tmp_path, environment={})


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("PIERHEAD_UI_MOUSE", "perhaps", ("ui.mouse", "'perhaps'", "true, false")),
        ("PIERHEAD_REFRESH_VISIBLE_S", "0", ("refresh.visible_s", "at least 0.2")),
        ("PIERHEAD_UI_THEMES", "dark", ("did you mean theme",)),
        ("PIERHEAD_SAFETY_PROTECTED", "prod", ("safety.protected", "JSON array")),
        ("PIERHEAD_KEYS", "[]", ("keys", "JSON object")),
    ],
)
def test_error_names_variable(variable: str, text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(config.ConfigError) as caught:
        config.load(DEFAULTS, environment={variable: text})
    assert str(caught.value).startswith(f"environment {variable}")
    for word in words:
        assert word in str(caught.value)


def test_variables_take_numbers_truth_lists_and_words() -> None:
    settings = config.load(
        DEFAULTS,
        environment={
            "PIERHEAD_LINK_RATE": "unlimited",
            "PIERHEAD_LOGS_TAIL": "50",
            "PIERHEAD_SAFETY_READ_ONLY": "1",
            "PIERHEAD_SAFETY_PROTECTED": '[{"namespace": "pay*"}]',
            "PIERHEAD_KEYS": '{"ecs.scale": "S"}',
            "PIERHEAD_STATE_DIR": "/tmp/state",
            "PIERHEAD_OTHER_THING": "left alone",
        },
    )
    assert settings.link.rate == "unlimited"
    assert settings.logs.tail == 50
    assert settings.safety.read_only
    assert settings.protects(namespace="payments")
    assert settings.keys == {"ecs.scale": "S"}
    assert settings.state_dir == Path("/tmp/state")


def test_no_color_switches_colour_off_unless_it_is_empty() -> None:
    assert config.load(DEFAULTS, environment={"NO_COLOR": "1"}).ui.colour == "never"
    assert config.load(DEFAULTS, environment={"NO_COLOR": ""}).ui.colour == "auto"


def test_every_flag_names_a_setting_and_an_unknown_one_is_refused() -> None:
    assert all(name in HINTS[table] for table, _, name in (key.partition(".") for key in FLAGS.values()))
    with pytest.raises(config.ConfigError, match="--theme"):
        config.load(DEFAULTS, environment={}, flags={"theme": "blue"})
    with pytest.raises(config.ConfigError, match="profil"):
        config.load(DEFAULTS, environment={}, flags={"profil": "x"})
    assert config.load(DEFAULTS, environment={}, flags={"plain_driver": True}).link.driver == "plain"
    assert config.load(DEFAULTS, environment={}, flags={"plain_driver": False}).link.driver == "auto"


def test_keys_may_be_quoted_or_dotted(tmp_path: Path) -> None:
    settings = config.load(written(tmp_path, '[keys]\n"ecs.scale" = "S"\necs.deploy = "I,ctrl+i"\n'), environment={})
    assert settings.keys == {"ecs.scale": "S", "ecs.deploy": "I,ctrl+i"}


def test_protected_matches_account_cluster_and_namespace_never_half() -> None:
    one = config.Protected(account="48*", cluster="*:cluster/shop")
    assert one.matches("482913750164", "arn:aws:ecs:eu-west-1:482913750164:cluster/shop", "")
    assert not one.matches("482913750164", "arn:aws:ecs:eu-west-1:482913750164:cluster/pay", "")
    assert not one.matches("1", "arn:aws:ecs:eu-west-1:482913750164:cluster/shop", "")
    assert not config.Protected().matches("", "", "")


def test_render_reads_back_as_the_same_settings(tmp_path: Path) -> None:
    settings = config.load(
        DEFAULTS,
        environment={"PIERHEAD_SAFETY_PROTECTED": '[{"account": "4\\"8"}]', "PIERHEAD_KEYS": '{"ecs.scale": "S"}'},
        flags={"profile": 'a"b\\c'},
    )
    again = config.load(written(tmp_path, config.render(settings)), environment={})
    assert msgspec.structs.replace(again, origins={}) == msgspec.structs.replace(settings, origins={})


@given(st.dictionaries(st.sampled_from([f"{t}.{n}" for t in HINTS for n in HINTS[t]]), st.text(max_size=20), max_size=4))
def test_any_text_in_a_variable_is_taken_or_named(values: dict[str, str]) -> None:
    environment = {f"PIERHEAD_{key.replace('.', '_').upper()}": text for key, text in values.items()}
    try:
        settings = config.load(DEFAULTS, environment=environment)
    except config.ConfigError as error:
        assert "PIERHEAD_" in str(error)
    else:
        assert all(f"environment PIERHEAD_{key.replace('.', '_').upper()}" == settings.origins[key] for key in values)

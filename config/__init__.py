"""What a user may set, and the themes. Imports nothing of ours."""

from config.effective import Effective, effective, render
from config.errors import ConfigError
from config.load import default_path, load
from config.settings import THEME_NAMES, Protected, Settings

__all__ = ["THEME_NAMES", "ConfigError", "Effective", "Protected", "Settings", "default_path", "effective", "load", "render"]

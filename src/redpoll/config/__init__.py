"""Settings: what they are, redis.conf, and CONFIG GET, SET and REWRITE."""

from redpoll.config.catalog import SETTINGS
from redpoll.config.file import ConfigError, ConfigFileError, ConfigFileMissing
from redpoll.config.files import Files, StillFiles, SystemFiles
from redpoll.config.setting import Setting
from redpoll.config.store import Config, SettingRefused

__all__ = [
    "SETTINGS",
    "Config",
    "ConfigError",
    "ConfigFileError",
    "ConfigFileMissing",
    "Files",
    "Setting",
    "SettingRefused",
    "StillFiles",
    "SystemFiles",
]

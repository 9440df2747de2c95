"""Every setting, declared once, and the configuration that is made of them."""

from redpoll.config.catalog import SETTINGS
from redpoll.config.setting import Setting
from redpoll.config.store import Config, SettingRefused

__all__ = ["SETTINGS", "Config", "Setting", "SettingRefused"]

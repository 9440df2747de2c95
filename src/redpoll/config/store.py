"""The configuration of a node: what it is made of, how it is read and how it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from redpoll.config.catalog import SETTINGS
from redpoll.config.file import BAD_DIRECTIVE, ConfigFileMissing, Directive, read_directives
from redpoll.config.files import Files, SystemFiles
from redpoll.config.kinds import InvalidValue, Kind
from redpoll.config.rewrite import rewritten
from redpoll.config.setting import Setting
from redpoll.errors import CommandError, SyntaxFault
from redpoll.globs import compile_glob

# Directives of older versions that mean nothing any more: accepted in a file, unknown to CONFIG.
FORGOTTEN = frozenset({"list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"})

# Directives that say what cannot be had by CONFIG GET, and how many words each takes at least and at most.
WORD_COUNTS = {"rename-command": (2, 2), "user": (1, 10_000), "loadmodule": (1, 10_000)}


class SettingRefused(Exception):
    """A callback of `on_change` cannot apply a value; the text is told to the client."""


class Config:
    """Settings by name: `config["maxclients"]`, `config.get("maxclients")` or `config.maxclients`."""

    def __init__(self, settings: Iterable[Setting] = SETTINGS, files: Files | None = None) -> None:
        self._files: Files = files or SystemFiles()
        self._settings: dict[str, Setting] = {}
        self._names: dict[str, Setting] = {}
        self._values: dict[str, Any] = {}
        self._at_start: dict[str, Any] = {}
        self._callbacks: dict[str, list[Callable[[Any], object]]] = {}
        # The file the configuration came from, which CONFIG REWRITE writes.
        self.file_path: str | None = None
        # Lines that are not settings: the words after `rename-command`, `user` and `loadmodule`.
        self.renamed_commands: list[tuple[str, str]] = []
        self.users: list[list[str]] = []
        self.modules: list[list[str]] = []
        for setting in settings:
            self._declare(setting)

    def _declare(self, setting: Setting) -> None:
        assert setting.name not in self._names, setting.name
        self._settings[setting.name] = setting
        for name in (setting.name, *setting.aliases):
            self._names[name] = setting
        self._put(setting, self._files.folder() if setting.name == "dir" else setting.default_value)
        self._at_start[setting.name] = self._values[setting.name]

    def _put(self, setting: Setting, value: Any) -> None:
        self._values[setting.name] = value
        # As an attribute too: the fastest way for code that runs once per command.
        self.__dict__[setting.attribute] = value

    # --- reading -----------------------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Any:
        value = self._values.get(name, self)
        return self._values[self._names[name].name] if value is self else value

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a setting; `default` if there is none of this name."""
        return self[name] if name in self._names else default

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __getattr__(self, attribute: str) -> Any:
        setting = self.__dict__.get("_names", {}).get(attribute.replace("_", "-"))
        if setting is None:
            raise AttributeError(f"there is no setting {attribute}")
        return self._values[setting.name]

    @property
    def settings(self) -> Mapping[str, Setting]:
        """Every declaration by its own name."""
        return self._settings

    def text(self, name: str) -> str:
        """A value as CONFIG GET shows it."""
        setting = self._names[name]
        return setting.kind.format(self._values[setting.name])

    def get_globs(self, patterns: Sequence[bytes]) -> dict[bytes, bytes]:
        """What CONFIG GET answers: the settings whose name or alias matches, sorted; a plain name as it was asked."""
        found: dict[str, str] = {}
        for raw in patterns:
            pattern = raw.decode("utf-8", "surrogateescape")
            if not any(mark in pattern for mark in "*?["):
                if pattern.lower() in self._names:
                    found[pattern] = self.text(pattern.lower())
                # What cannot be undone must not hide the reason of the undoing.
                continue
            matches = compile_glob(raw.lower())
            for name, setting in self._names.items():
                if not setting.hidden and matches(name.encode()):
                    found[name] = self.text(name)
        seen: dict[str, str] = {}
        for name in sorted(found):
            seen.setdefault(name.lower(), name)
        return {_bytes(name): _bytes(found[name]) for name in sorted(seen.values())}

    def changed_since_start(self) -> list[str]:
        """Names of settings that CONFIG SET has changed."""
        return [name for name, value in self._values.items() if value != self._at_start[name]]

    def without_effect(self) -> list[str]:
        """Names of settings that are not at their default but of no consequence here, for one line of the log."""
        return [
            setting.name
            for setting in self._settings.values()
            if not setting.effective and self._values[setting.name] != setting.default_value
        ]

    # --- a file and a command line -----------------------------------------------------------------------------------

    def load(self, path: str | None = None, directives: Sequence[str] = (), standard_input: str = "") -> None:
        """Read a file, then what came from standard input, then lines of a command line; or ConfigError."""
        text = ""
        if path is not None:
            try:
                text = self._files.read(path)
            except OSError as error:
                raise ConfigFileMissing(path, error) from error
        if directives or standard_input:
            text += standard_input + "\n" + "".join(f"{line}\n" for line in directives)
        self.load_text(text, path)

    def load_text(self, text: str, path: str | None = None) -> None:
        """Take over the directives of a text; `path` is the file it came from, if any. Raises ConfigError."""
        if path is not None:
            self.file_path = path
        seen: set[str] = set()
        for directive in read_directives(text, self._files):
            self._load_directive(directive, seen)
        self._at_start = dict(self._values)

    def _load_directive(self, directive: Directive, seen: set[str]) -> None:
        setting = self._names.get(directive.name)
        if setting is None:
            self._load_other(directive)
            return
        kind = setting.kind
        try:
            value = kind.parse(directive.words)
            if setting.name in seen:
                value = kind.add(self._values[setting.name], value)
            else:
                value = kind.merge(self._values[setting.name], value)
            self._enter(setting, value)
        except (InvalidValue, SettingRefused) as error:
            raise directive.error(str(error)) from None
        if kind.adds_up:
            seen.add(setting.name)

    def _enter(self, setting: Setting, value: Any) -> None:
        """Put a value that comes from a file; a folder is entered, a log file tried."""
        try:
            if setting.name == "dir":
                self._files.enter_folder(value)
                value = self._files.folder()
            elif setting.name == "logfile" and value:
                self._files.append_nothing(value)
        except OSError as error:
            reason = error.strerror or str(error)
            raise SettingRefused(
                f"Can't open the log file: {reason}" if setting.name == "logfile" else reason
            ) from None
        self._put(setting, value)

    def _load_other(self, directive: Directive) -> None:
        name, words = directive.name, directive.words
        if name in FORGOTTEN and len(words) == 1:
            return
        low, high = WORD_COUNTS.get(name, (1, 0))
        if not low <= len(words) <= high:
            raise directive.error(BAD_DIRECTIVE)
        if name == "rename-command":
            self.renamed_commands.append((words[0], words[1]))
        elif name == "user":
            self.users.append(words)
        else:
            self.modules.append(words)

    # --- changing ----------------------------------------------------------------------------------------------------

    def on_change(self, name: str, callback: Callable[[Any], object]) -> None:
        """Call `callback` with each new value; an exception from it undoes the whole CONFIG SET."""
        self._callbacks.setdefault(self._names[name].name, []).append(callback)

    def lower(self, name: str, value: Any) -> None:
        """Put a value the surroundings impose, without asking anybody."""
        self._put(self._names[name], value)

    def set_many(self, pairs: Sequence[tuple[bytes, bytes]] | Sequence[bytes], is_local: bool = True) -> None:
        """What CONFIG SET does: all of the settings change, or CommandError and none does."""
        changes = self._parsed(self._checked(_paired(pairs), is_local))
        old = {setting.name: self._values[setting.name] for _, setting, _ in changes}
        changed: list[tuple[str, Setting]] = []
        for name, setting, value in changes:
            self._put(setting, value)
            if value != old[setting.name]:
                changed.append((name, setting))
        self._apply(changed, old)

    def _checked(self, pairs: Sequence[tuple[str, str]], is_local: bool) -> list[tuple[str, Setting, str]]:
        checked: list[tuple[str, Setting, str]] = []
        names: set[str] = set()
        for given, value in pairs:
            name = given.lower()
            setting = self._names.get(name)
            if setting is None:
                raise CommandError(f"ERR Unknown option or number of arguments for CONFIG SET - '{given}'")
            if not setting.mutable:
                raise _failed(given, "can't set immutable config")
            if setting.protected and not self._unprotected(is_local):
                raise _failed(given, "can't set protected config")
            if name in names:
                raise _failed(given, "duplicate parameter")
            names.add(name)
            checked.append((name, setting, value))
        return checked

    def _unprotected(self, is_local: bool) -> bool:
        allowed = self["enable-protected-configs"]
        return bool(allowed == "yes" or (allowed == "local" and is_local))

    def _parsed(self, checked: Sequence[tuple[str, Setting, str]]) -> list[tuple[str, Setting, Any]]:
        changes: list[tuple[str, Setting, Any]] = []
        for name, setting, text in checked:
            kind = setting.kind
            try:
                value = kind.merge(self._values[setting.name], kind.parse(_words(kind, text)))
            except InvalidValue as error:
                raise _failed(name, str(error)) from None
            changes.append((name, setting, value))
        return changes

    def _apply(self, changed: Sequence[tuple[str, Setting]], old: Mapping[str, Any]) -> None:
        for place, (name, setting) in enumerate(changed):
            try:
                self._run_callbacks(setting)
            except Exception as error:
                self._undo(changed[: place + 1], old)
                reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
                raise _failed(name, reason) from error

    def _run_callbacks(self, setting: Setting) -> None:
        if setting.name == "dir":
            self._files.enter_folder(self._values["dir"])
            self._put(setting, self._files.folder())
        for callback in self._callbacks.get(setting.name, ()):
            callback(self._values[setting.name])

    def _undo(self, applied: Sequence[tuple[str, Setting]], old: Mapping[str, Any]) -> None:
        for name, value in old.items():
            self._put(self._settings[name], value)
        for _, setting in applied:
            try:
                self._run_callbacks(setting)
            except Exception:
                # What cannot be undone must not hide the reason of the undoing.
                continue

    # --- writing -----------------------------------------------------------------------------------------------------

    def rewrite(self) -> None:
        """What CONFIG REWRITE does; CommandError if there is no file, or it cannot be written."""
        if self.file_path is None:
            raise CommandError("ERR The server is running without a config file")
        try:
            try:
                text = self._files.read(self.file_path)
            except FileNotFoundError:
                text = ""
            self._files.replace(self.file_path, self._rewritten(text))
        except OSError as error:
            raise CommandError(f"ERR Rewriting config file: {error.strerror}") from error

    def _rewritten(self, text: str) -> str:
        defaults = {setting.name: setting.default_value for setting in self._settings.values()}
        return rewritten(text, self._names, self._values, defaults, ("include", *WORD_COUNTS))


def _words(kind: Kind, text: str) -> list[str]:
    return text.split(" ") if kind.takes_many else [text]


def _paired(pairs: Sequence[Any]) -> list[tuple[str, str]]:
    """Names and values as text, from pairs or from a flat sequence."""
    if pairs and isinstance(pairs[0], bytes):
        if len(pairs) % 2:
            raise SyntaxFault()
        pairs = list(zip(pairs[::2], pairs[1::2], strict=True))
    return [
        (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape")) for name, value in pairs
    ]


def _failed(name: str, reason: str) -> CommandError:
    return CommandError(f"ERR CONFIG SET failed (possibly related to argument '{name}') - {reason}")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

"""The settings of one installation, from PATROL_NAME in the environment, and its secrets."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from patrol.settings.mistakes import SettingsError
from patrol.values import PHONE, Language

PREFIX = "PATROL_"
SECRET_PREFIX = "PATROL_SECRET_"


class Settings(BaseSettings):
    """Every setting comes from PATROL_NAME in the environment; the reference page is made from these fields."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(Path("data"), description="Where the database and the pictures live.")
    database_url: str = Field("", description="SQLAlchemy address; empty is SQLite in data_dir.", repr=False)
    streams_file: Path = Field(Path("streams.yaml"), description="Which streams to watch.")
    models_dir: Path = Field(Path("models"), description="The manifest of weights and the weights themselves.")
    public_url: str = Field("http://127.0.0.1:8000", description="Where browsers and phones reach the console.")
    host: str = Field("127.0.0.1", description="The address `patrol serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="The port `patrol serve` listens on.")

    detector: str = Field("yunet", description="Which network of the manifest finds faces.")
    embedder: str = Field(
        "sface", description="Which network of the manifest makes templates, until it is changed in the console."
    )
    runtime: Literal["auto", "openvino", "onnxruntime", "cuda"] = Field(
        "auto", description="What runs the networks; auto is OpenVINO where it works, cuda a GPU by onnxruntime-gpu."
    )
    precision: Literal["auto", "f32", "bf16", "int8"] = Field(
        "auto", description="Arithmetic of the networks; auto is bf16 where the processor has it, else f32."
    )
    threads: int = Field(2, ge=1, le=64, description="Processor threads for the networks.")

    live_host: str = Field(
        "127.0.0.1",
        description="Where workers show live pictures to `patrol serve`; empty shows none. Another machine's needs"
        " an address that it reaches, in a network of your own: the pictures are not encrypted.",
    )
    live_fps: float = Field(
        2.0, ge=0.1, le=10, description="Live pictures a second of one stream while somebody is in view, at most."
    )
    live_most_per_s: float = Field(
        20.0, ge=1, le=200, description="Live pictures a second of all streams of a process, at most."
    )

    watch_processes: int = Field(
        0, ge=0, le=256, description="Worker processes of `patrol watch`; 0 is one for 8 streams, up to one a core."
    )

    duty_phone: str = Field(
        "",
        pattern=rf"^({PHONE.pattern})?$",
        description="The duty desk's number in every message, where a site of streams.yaml has none of its own.",
    )

    cooldown_s: float = Field(120, ge=0, description="One person before one stream makes one hit in this time.")
    hit_deadline_s: float = Field(600, gt=0, description="A confirmed hit not delivered by then is too late.")
    undo_s: float = Field(0, ge=0, le=60, description="A confirmed hit waits this long before it leaves.")
    self_test_before_min: int = Field(
        15, ge=0, le=240, description="A self-test runs this many minutes before a shift; 0 is none."
    )
    heartbeat_url: str = Field(
        "", description="An outside service's address, asked once a minute while patrol is well.", repr=False
    )
    metrics_token: str = Field(
        "", description="What /metrics asks for as a bearer token; empty is this machine alone.", repr=False
    )
    session_hours: float = Field(12, gt=0, description="How long a log-in lasts.")

    clip_before_s: float = Field(5, ge=0, le=10, description="Seconds before a hit in its clip; 0 and 0 make none.")
    clip_after_s: float = Field(5, ge=0, le=10, description="Seconds after a hit in its clip.")
    clip_most_mb: int = Field(20, ge=1, le=200, description="A clip is cut to this much, around its hit.")

    keep_unreviewed_h: float = Field(72, gt=0, description="Hours the pictures of an unreviewed hit are kept.")
    keep_rejected_h: float = Field(24, gt=0, description="Hours the pictures of a rejected hit are kept.")
    keep_confirmed_h: float = Field(744, gt=0, description="Hours the pictures of a confirmed hit are kept.")
    keep_ended_h: float = Field(24, ge=0, description="Hours the photos of an ended entry are kept.")
    keep_rows_h: float = Field(4320, gt=0, description="Hours a hit's row is kept after its pictures.")
    disk_quota_mb: int = Field(
        20_000, gt=0, description="Pictures and clips may take this much; the oldest go first, clips before pictures."
    )

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.absolute()}/patrol.db"

    @property
    def pictures_dir(self) -> Path:
        return self.data_dir / "pictures"


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Build the settings from the environment; SettingsError names the variable, the value and what is wrong."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    for name in environ:
        if name.startswith(PREFIX) and not name.startswith(SECRET_PREFIX) and name not in known:
            raise SettingsError(f"{name}: unknown setting; `patrol settings` lists the known ones")
    given = {
        name: environ[f"{PREFIX}{name}".upper()]
        for name in Settings.model_fields
        if f"{PREFIX}{name}".upper() in environ
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(problem) for problem in error.errors())) from None


def _explain(problem: Mapping[str, object]) -> str:
    location = problem["loc"]
    name = str(location[0]) if isinstance(location, tuple) and location else "?"
    value = "(hidden)" if name in ("database_url", "heartbeat_url", "metrics_token") else repr(problem["input"])
    return f"{PREFIX}{name.upper()}={value}: {problem['msg']}"


def read_secret(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Read secret NAME from PATROL_SECRET_NAME, or from the file that PATROL_SECRET_NAME_FILE names."""
    variable = SECRET_PREFIX + name.upper().replace("-", "_")
    if variable in environ:
        return environ[variable].strip()
    if f"{variable}_FILE" in environ:
        path = Path(environ[f"{variable}_FILE"])
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{variable}_FILE={path}: {error.strerror}") from None
    raise SettingsError(f"secret {name!r} is not set: set {variable}, or {variable}_FILE to a file that holds it")


def read_chat_secret(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Read the secret of a chat: groups name their own, so what is not called a chat's is out of their reach."""
    return read_secret(f"chat-{name}", environ)


def terminal_language(environ: Mapping[str, str] = os.environ) -> Language:
    """The language of the terminal: Chinese where LC_ALL, LC_MESSAGES or LANG, the first that is set, says zh."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "zh" if environ[name].startswith("zh") else "en"
    return "en"

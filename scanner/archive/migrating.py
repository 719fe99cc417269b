"""A store that an older version wrote, brought up to this version's tables by Alembic."""

from contextlib import suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_MIGRATIONS = Path(__file__).parent / "migrations"


def is_older(revision: str) -> bool:
    """Whether this program knows the way up from a revision."""
    script = ScriptDirectory.from_config(_config())
    return revision in {known.revision for known in script.walk_revisions()}


def upgrade(db: Connection) -> None:
    """All steps up, in the transaction that is open."""
    config = _config()
    config.attributes["connection"] = db
    with suppress(SystemExit):
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config

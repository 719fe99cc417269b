"""The tables, in SQLAlchemy Core; the migrations build exactly these (a test compares)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
)

# Alembic needs names for constraints that SQLite cannot alter in place.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    # zstd-compressed JSON; the hash is of the JSON before compression.
    Column("data", LargeBinary, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    # Runs are ordered by this number, not by a wall clock that somebody may have repaired.
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("ended_at", String(32)),
    Column("judged_at", String(32)),
    Column("version", String(32), nullable=False),
    Column("vantage", String(200), nullable=False),
    Column("inventory_sha256", String(64), ForeignKey("blobs.sha256"), nullable=False),
    # The exact plan (families, resolver, stores, criteria): a run is resumed only under the same one.
    Column("plan_sha256", String(64), ForeignKey("blobs.sha256"), nullable=False),
    Column("sites_planned", Integer, nullable=False),
    Column("held", Text, nullable=False, server_default=""),
)

looks = Table(
    "looks",
    metadata,
    # One row per site and run: a site that did not change costs this row and nothing else.
    Column("run_seq", Integer, ForeignKey("runs.seq"), primary_key=True),
    Column("site", String(2048), primary_key=True),
    Column("evidence_sha256", String(64), ForeignKey("blobs.sha256"), nullable=False),
    Column("findings_sha256", String(64), ForeignKey("blobs.sha256")),
    Column("captured_at", String(32), nullable=False),
    Column("duration_ms", Float, nullable=False),
    # Times and other values that differ at every look, as JSON.
    Column("volatile", Text, nullable=False),
)
Index("ix_looks_site", looks.c.site)

# History: what the runs say together.

settlements = Table(
    "settlements",
    metadata,
    # A run that was taken into the history, or held out of it.
    Column("run_seq", Integer, ForeignKey("runs.seq"), primary_key=True, autoincrement=False),
    Column("counted", Boolean, nullable=False),
    # Where every unit stood, as a blob; none for a held run.
    Column("progress_sha256", String(64), ForeignKey("blobs.sha256")),
    # The units that a held run would have accused, as JSON.
    Column("held_units", Text, nullable=False, server_default="[]"),
)

standings = Table(
    "standings",
    metadata,
    # One row per site: how each of its answers stands over the runs, as zstd-compressed JSON.
    Column("site", String(2048), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

events = Table(
    "events",
    metadata,
    # What happened, in the order in which it was committed: see `Events.keep`.
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("key", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("at", String(32), nullable=False),
    Column("run", String(40), nullable=False),
    Column("unit", String(500), nullable=False),
    Column("site", String(2048), nullable=False),
    Column("check", String(80), nullable=False),
    # The key of the event that this one ends; empty where it ends none.
    Column("resolves", String(32), nullable=False),
    # The whole event as JSON.
    Column("data", Text, nullable=False),
)
Index("ix_events_resolves", events.c.resolves)
Index("ix_events_unit", events.c.unit)


# Records: excuses and documents that were entered by a command, and how excuses live from run to run.

records = Table(
    "records",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("unit", String(500), nullable=False),
    # The record as JSON; a row is never changed, only ended.
    Column("body", Text, nullable=False),
    Column("added_at", String(32), nullable=False),
    Column("ended_at", String(32)),
)

bindings = Table(
    "bindings",
    metadata,
    # One row where a run changed the life of an excuse: what it was bound to, or why it died.
    Column("name", String(64), primary_key=True),
    Column("site", String(2048), primary_key=True),
    Column("run_seq", Integer, ForeignKey("runs.seq"), primary_key=True),
    Column("told", Text, nullable=False),
    Column("why", String(16)),
    Column("at", String(32)),
)

# Alerts.

outbox = Table(
    "outbox",
    metadata,
    # Messages of one channel go out in the order of this number.
    Column("id", Integer, primary_key=True, autoincrement=True),
    # Made of the channel, the events told and what is said of them: the same message is never planned twice.
    Column("key", String(32), nullable=False, unique=True),
    # Key of the message that opened the talk, for those that answer it.
    Column("thread", String(32), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("what", String(16), nullable=False),
    # Keys of the events that it tells, as a JSON list.
    Column("tells", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", String(32), nullable=False),
    # Since when the channel has had the chance to take it: giving up counts from here.
    Column("since", String(32), nullable=False),
    Column("due_at", String(32), nullable=False),
    # Until when the sender that claimed it may still be at work.
    Column("leased_until", String(32), nullable=False, server_default=""),
    Column("tries", Integer, nullable=False, server_default="0"),
    # Of these tries: how many ended without an answer, so that the message may have arrived.
    Column("unsure", Integer, nullable=False, server_default="0"),
    # Recipients of the channel that have it, as a JSON list of hashes.
    Column("reached", Text, nullable=False, server_default="[]"),
    Column("error", String(500), nullable=False, server_default=""),
    Column("ended_at", String(32), nullable=False, server_default=""),
)
Index("ix_outbox_channel_state", outbox.c.channel, outbox.c.state)

told = Table(
    "told",
    metadata,
    # What a channel knows of an event that stays open.
    Column("channel", String(64), primary_key=True),
    Column("event_key", String(32), primary_key=True),
    # The same site and check have the same alert, whichever event opened it.
    Column("alert", String(32), nullable=False),
    # told, joined (an alert told before goes on) or quiet (opens too often; told later).
    Column("state", String(16), nullable=False),
    Column("message", String(32), nullable=False),
    Column("told_at", String(32), nullable=False),
    Column("reminders", Integer, nullable=False),
    Column("ended", Integer, nullable=False),
)
Index("ix_told_channel_ended", told.c.channel, told.c.ended)

heard = Table(
    "heard",
    metadata,
    # How far each channel's messages are planned.
    Column("channel", String(64), primary_key=True),
    Column("seq", Integer, nullable=False),
)


# The gate: runs that later ones are held against, by name.

baselines = Table(
    "baselines",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("run_seq", Integer, ForeignKey("runs.seq"), nullable=False),
    Column("kept_at", String(32), nullable=False),
)


# Watching: moments are whole seconds since 1970 (UTC), hours and days their whole numbers.  What grows with the
# number of samples is keyed by time first, so that it is appended to, rolled up and thrown away in one place.

watch_sites = Table(
    "watch_sites",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("url", String(2048), nullable=False, unique=True),
    # The units that the site belonged to when it was watched last, as JSON.
    Column("units", Text, nullable=False),
)

watch_vantages = Table(
    "watch_vantages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(200), nullable=False, unique=True),
    # Hours and days before these are rolled up; samples before the last are thrown away.
    Column("hour_mark", BigInteger),
    Column("day_mark", BigInteger),
    Column("pruned_s", BigInteger, nullable=False, server_default="0"),
)

watch_paces = Table(
    "watch_paces",
    metadata,
    # From when on a vantage sampled at which interval: what was planned is worked out from this.
    Column("vantage", Integer, ForeignKey("watch_vantages.id"), primary_key=True),
    Column("since_s", BigInteger, primary_key=True),
    Column("interval_s", Float, nullable=False),
)

watch_firsts = Table(
    "watch_firsts",
    metadata,
    # Since when a site is watched, and when it first answered: silence of one that never did accuses nobody.
    Column("vantage", Integer, ForeignKey("watch_vantages.id"), primary_key=True),
    Column("site", Integer, ForeignKey("watch_sites.id"), primary_key=True),
    Column("since_s", BigInteger, nullable=False),
    Column("answered_s", BigInteger),
)

watch_samples = Table(
    "watch_samples",
    metadata,
    Column("vantage", Integer, primary_key=True, autoincrement=False),
    # The moment that the sample was due: one sample per moment and site, however often it is written.
    Column("at_s", BigInteger, primary_key=True, autoincrement=False),
    Column("site", Integer, primary_key=True, autoincrement=False),
    Column("state", SmallInteger, nullable=False),
    Column("bucket", SmallInteger),
    Column("cause", String(32)),
    sqlite_with_rowid=False,
)


def _rolled_up(name: str, by: str) -> Table:
    return Table(
        name,
        metadata,
        Column("vantage", Integer, primary_key=True, autoincrement=False),
        Column(by, BigInteger, primary_key=True, autoincrement=False),
        Column("site", Integer, primary_key=True, autoincrement=False),
        Column("up", Integer, nullable=False),
        Column("slow", Integer, nullable=False),
        Column("down", Integer, nullable=False),
        Column("silent", Integer, nullable=False),
        Column("unknown", Integer, nullable=False),
        Column("paused", Integer, nullable=False),
        Column("latencies", LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


watch_hours = _rolled_up("watch_hours", "hour")
watch_days = _rolled_up("watch_days", "day")

watch_outages = Table(
    "watch_outages",
    metadata,
    Column("vantage", Integer, ForeignKey("watch_vantages.id"), primary_key=True),
    Column("site", Integer, ForeignKey("watch_sites.id"), primary_key=True),
    Column("started_s", BigInteger, primary_key=True, autoincrement=False),
    Column("ended_s", BigInteger),
    Column("last_down_s", BigInteger, nullable=False),
    Column("unseen_s", BigInteger, nullable=False),
    Column("cause", String(32), nullable=False),
    # How much of it was told: 0 nothing, 1 that it began, 2 that it ended.
    Column("told", SmallInteger, nullable=False),
)

watch_holds = Table(
    "watch_holds",
    metadata,
    # Spans in which too much failed at once: nobody is accused of what was seen in them.
    Column("vantage", Integer, ForeignKey("watch_vantages.id"), primary_key=True),
    Column("started_s", BigInteger, primary_key=True, autoincrement=False),
    Column("ended_s", BigInteger),
    Column("samples", Integer, nullable=False),
    Column("told", SmallInteger, nullable=False),
)

REVISION = "0007"
"""The newest migration, which leads to exactly the tables above."""

# Alembic's own table, as Alembic makes it; kept apart, because no migration touches it.
revisions = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

"""The outbox as stored: messages wait here until a channel has taken them; and what each channel knows."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update

from checks.events import Event
from scanner.archive.store import Store, insert_of
from scanner.archive.tables import events, heard, outbox, told

WAITING = "waiting"
SENDING = "sending"
SENT = "sent"
DEAD = "dead"
OPEN = (WAITING, SENDING)
ERROR_CHARS = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of the outbox."""

    id: int
    key: str
    thread: str
    channel: str
    what: str
    tells: tuple[str, ...]
    subject: str
    body: str
    state: str
    created_at: datetime
    since: datetime
    due_at: datetime
    tries: int
    unsure: int
    reached: tuple[str, ...]
    error: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewLetter:
    """One message as planned."""

    key: str
    thread: str
    what: str
    tells: tuple[str, ...]
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class ToldRow:
    """What a channel knows of one event that stays open."""

    event: Event
    alert: str
    state: str
    message: str
    told_at: datetime
    reminders: int
    ended: bool


class Outbox:
    """The outbox of one store.  Every method is one short transaction."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine
        self._insert = insert_of(store.engine)

    # Planning

    def heard(self, channel: str) -> int | None:
        """How far a channel's messages are planned; ``None`` for a channel that is new."""
        with self._engine.connect() as db:
            return db.scalar(select(heard.c.seq).where(heard.c.channel == channel))

    def standing(self, channel: str, recent: datetime) -> list[ToldRow]:
        """What the channel knows of events that are open, or that it was told of since then."""
        query = (
            select(told, events.c.data)
            .join(events, events.c.key == told.c.event_key)
            .where(told.c.channel == channel)
            .where(or_(told.c.ended == 0, told.c.told_at >= recent.isoformat()))
            .order_by(events.c.seq)
        )
        with self._engine.connect() as db:
            return [
                ToldRow(
                    event=Event.model_validate_json(row.data),
                    alert=row.alert,
                    state=row.state,
                    message=row.message,
                    told_at=datetime.fromisoformat(row.told_at),
                    reminders=row.reminders,
                    ended=bool(row.ended),
                )
                for row in db.execute(query)
            ]

    def plan(
        self,
        channel: str,
        *,
        before: int | None,
        until: int,
        letters: Sequence[NewLetter],
        known: Iterable[ToldRow],
        at: datetime,
    ) -> bool:
        """Put messages into the outbox and note how far it was read: both or neither.

        ``False`` where somebody else planned for this channel since ``before`` was read; nothing is changed then.
        """
        with self._engine.begin() as db:
            # The first statement takes the row, so that of two planners one waits and then gives way.
            if before is None:
                new = self._insert(heard).on_conflict_do_nothing()
                took = db.execute(new, {"channel": channel, "seq": until}).rowcount
            else:
                mine = and_(heard.c.channel == channel, heard.c.seq == before)
                took = db.execute(update(heard).where(mine).values(seq=until)).rowcount
            if took != 1:
                return False
            rows = [_new_row(channel, letter, at) for letter in letters]
            if rows:
                db.execute(self._insert(outbox).on_conflict_do_nothing(), rows)
            for one in known:
                self._know(db, channel, one)
        return True

    def _know(self, db: object, channel: str, one: ToldRow) -> None:
        values = {
            "alert": one.alert,
            "state": one.state,
            "message": one.message,
            "told_at": one.told_at.isoformat(),
            "reminders": one.reminders,
            "ended": int(one.ended),
        }
        row = self._insert(told).values(channel=channel, event_key=one.event.key, **values)
        row = row.on_conflict_do_update(index_elements=["channel", "event_key"], set_=values)
        db.execute(row)  # type: ignore[attr-defined]

    # Sending

    def claim(self, channel: str, at: datetime, lease_s: float) -> Letter | None:
        """The channel's oldest open message, for this sender alone until the lease ends.

        ``None`` where there is none, it is not due yet, or another sender is at it.  A lease that ran out says
        that its sender died: whether the message arrived is not known.
        """
        oldest = (
            select(outbox)
            .where(outbox.c.channel == channel, outbox.c.state.in_(OPEN))
            .order_by(outbox.c.id)
            .limit(1)
        )
        with self._engine.begin() as db:
            row = db.execute(oldest).one_or_none()
            if row is None or (row.state == WAITING and row.due_at > at.isoformat()):
                return None
            if row.state == SENDING and row.leased_until > at.isoformat():
                return None
            unsure = row.unsure + (row.state == SENDING)
            leased_until = (at + timedelta(seconds=lease_s)).isoformat()
            mine = update(outbox).where(
                outbox.c.id == row.id,
                outbox.c.state == row.state,
                outbox.c.tries == row.tries,
                outbox.c.leased_until == row.leased_until,
            )
            taken = mine.values(
                state=SENDING, tries=row.tries + 1, unsure=unsure, leased_until=leased_until
            )
            if db.execute(taken).rowcount != 1:
                return None
            return _letter(db.execute(select(outbox).where(outbox.c.id == row.id)).one())

    def sent(self, letter: Letter, at: datetime) -> None:
        """The channel has it.  Who says so need not hold the lease any more: it is true all the same."""
        with self._engine.begin() as db:
            db.execute(
                update(outbox)
                .where(outbox.c.id == letter.id, outbox.c.state != SENT)
                .values(state=SENT, ended_at=at.isoformat(), leased_until="", error="")
            )

    def failed(
        self,
        letter: Letter,
        *,
        at: datetime,
        due_at: datetime | None,
        error: str,
        unsure: bool,
        reached: Iterable[str],
    ) -> None:
        """The channel did not take it, or did not say so; with no ``due_at`` nobody tries again by itself."""
        with self._engine.begin() as db:
            db.execute(
                update(outbox)
                .where(
                    outbox.c.id == letter.id,
                    outbox.c.state == SENDING,
                    # Not when the lease ran out and another sender is at it.
                    outbox.c.tries == letter.tries,
                )
                .values(
                    state=DEAD if due_at is None else WAITING,
                    due_at=(due_at or at).isoformat(),
                    ended_at=at.isoformat() if due_at is None else "",
                    leased_until="",
                    error=error[:ERROR_CHARS],
                    unsure=outbox.c.unsure + int(unsure),
                    reached=json.dumps(sorted(reached)),
                )
            )

    def channels_waiting(self) -> dict[str, datetime]:
        """The channels with open messages, and when each may be tried next."""
        query = select(outbox).where(outbox.c.state.in_(OPEN)).order_by(outbox.c.id)
        heads: dict[str, datetime] = {}
        with self._engine.connect() as db:
            for row in db.execute(query):
                moment = row.due_at if row.state == WAITING else row.leased_until
                heads.setdefault(row.channel, datetime.fromisoformat(moment))
        return heads

    # For the operator

    def letters(self, states: Iterable[str], limit: int | None = None) -> list[Letter]:
        """Messages in these states, oldest first; of many the newest."""
        query = (
            select(outbox)
            .where(outbox.c.state.in_(tuple(states)))
            .order_by(outbox.c.id.desc())
            .limit(limit)
        )
        with self._engine.connect() as db:
            return [_letter(row) for row in reversed(db.execute(query).all())]

    def retry(self, ids: Iterable[int] | None, at: datetime) -> int:
        """Try dead messages anew, and waiting ones at once; how many."""
        moment = at.isoformat()
        known = outbox.c.state.in_((DEAD, WAITING))
        which = known if ids is None else and_(known, outbox.c.id.in_(tuple(ids)))
        with self._engine.begin() as db:
            done = db.execute(
                update(outbox)
                .where(which)
                .values(state=WAITING, since=moment, due_at=moment, ended_at="")
            )
            return done.rowcount


def _new_row(channel: str, letter: NewLetter, at: datetime) -> dict[str, str]:
    moment = at.isoformat()
    return {
        "key": letter.key,
        "thread": letter.thread,
        "channel": channel,
        "what": letter.what,
        "tells": json.dumps(letter.tells),
        "subject": letter.subject,
        "body": letter.body,
        "state": WAITING,
        "created_at": moment,
        "since": moment,
        "due_at": moment,
    }


def _letter(row: object) -> Letter:
    values = row._mapping  # type: ignore[attr-defined]
    return Letter(
        id=values["id"],
        key=values["key"],
        thread=values["thread"],
        channel=values["channel"],
        what=values["what"],
        tells=tuple(json.loads(values["tells"])),
        subject=values["subject"],
        body=values["body"],
        state=values["state"],
        created_at=datetime.fromisoformat(values["created_at"]),
        since=datetime.fromisoformat(values["since"]),
        due_at=datetime.fromisoformat(values["due_at"]),
        tries=values["tries"],
        unsure=values["unsure"],
        reached=tuple(json.loads(values["reached"])),
        error=values["error"],
        ended_at=datetime.fromisoformat(values["ended_at"]) if values["ended_at"] else None,
    )

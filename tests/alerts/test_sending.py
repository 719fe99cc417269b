"""Real channels on loopback: what arrives, what is said of what does not, and that no secret is told."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.events import EventKind
from inventory.readers.settings import read_settings
from inventory.settings import Channel, Settings
from scanner.alerts.addresses import NoAddress, address_of, redact
from scanner.alerts.courier import Courier, Errand, fitting
from scanner.alerts.rounds import Pace, plan_and_send
from scanner.archive.events import Events
from scanner.archive.outbox import SENT, Outbox
from scanner.archive.store import Store
from tests.alerts.building import alerting, event
from tests.alerts.receivers import (
    CUT_AFTER,
    DRIP,
    LATE,
    REFUSE,
    SAY_NO,
    WELL,
    Mail,
    Webhook,
    always,
)
from tests.cli.command import COMMAND, HOME, ask, database, run

KEY = "0123456789abcdef0123456789abcdef"
ERRAND = Errand(KEY, KEY, "Chủ đề ủ ễ", f"Nội dung\nMã: {KEY}")
SECRET = "geheim-token-4711"


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Webhook, Mail]]:
    """A webhook and a mail server, and one sender for each, since a sender takes a second to begin."""
    hook, mail = Webhook(late_s=4.5), Mail(late_s=4.5)
    yield hook, mail
    hook.close()
    mail.close()


@pytest.fixture(scope="module")
def couriers(both: tuple[Webhook, Mail]) -> Iterator[dict[str, Courier]]:
    """Ready senders."""
    hook, mail = both
    made = {
        "hook": Courier(hook.url, 6.0),
        "mail": Courier(mail.url("a@so.test", "b@so.test"), 6.0),
    }
    assert [courier.ready() for courier in made.values()] == [None, None]
    yield made
    for courier in made.values():
        courier.stop()


@pytest.mark.parametrize("which", ["hook", "mail"])
@pytest.mark.parametrize(
    ("mood", "outcome"),
    [
        (WELL, "sent"),
        (SAY_NO, "refused"),
        (REFUSE, "unsure"),
        (CUT_AFTER, "unsure"),
        (LATE, "unsure"),
    ],
)
def test_outcomes(
    both: tuple[Webhook, Mail], couriers: dict[str, Courier], which: str, mood: str, outcome: str
) -> None:
    """A clear no is told from a line that broke, after which the message may have arrived."""
    for receiver in both:
        receiver.mood = always(mood)
    handed = couriers[which].hand_over(ERRAND)
    assert handed.outcome == outcome, handed
    assert bool(handed.why) == (outcome != "sent")
    assert SECRET not in handed.why


def test_the_key_is_in_the_webhook(hook: Webhook) -> None:
    """In a header, in the data, and in the last line of the text."""
    courier = Courier(hook.url, 5.0)
    try:
        assert courier.ready() is None
        assert courier.hand_over(ERRAND).outcome == "sent"
    finally:
        courier.stop()
    (arrived,) = hook.register.arrived
    assert (arrived.key, arrived.headers["key"]) == (KEY, KEY)
    assert (arrived.subject, arrived.body) == (ERRAND.subject, ERRAND.body)


def test_mail_has_one_id_for_ever(mail: Mail) -> None:
    """The same message tried again has the same Message-ID; one recipient refused is tried alone; talks hang together."""
    courier = Courier(mail.url("a@so.test", "b@so.test"), 5.0)
    moods = iter((WELL, SAY_NO, WELL, WELL, WELL))
    mail.mood = lambda: next(moods)
    try:
        assert courier.ready() is None
        first = courier.hand_over(ERRAND)
        assert (first.outcome, len(first.reached)) == ("refused", 1)
        again = Errand(KEY, KEY, ERRAND.subject, ERRAND.body, first.reached)
        assert courier.hand_over(again).outcome == "sent"
        reminder = Errand("f" * 32, KEY, "Nhắc lại", "…")
        assert courier.hand_over(reminder).outcome == "sent"
    finally:
        courier.stop()
    arrived = mail.register.arrived
    assert [one.to for one in arrived] == [("a@so.test",), ("b@so.test",)] * 2
    assert {one.headers["Message-ID"] for one in arrived[:2]} == {f"<{KEY}@tinnhiem.invalid>"}
    assert arrived[0].subject == ERRAND.subject
    assert arrived[0].headers["Auto-Submitted"] == "auto-generated"
    assert arrived[0].headers["Content-Type"].startswith("text/plain")
    assert "References" not in arrived[0].headers
    assert arrived[2].headers["References"] == f"<{KEY}@tinnhiem.invalid>"


def test_a_channel_that_drips_its_answer_is_left(hook: Webhook) -> None:
    """AL-3: no read of a library ends it, so the process does."""
    hook.mood = always(DRIP)
    courier = Courier(f"{hook.url}?rto=60", 1.0)
    try:
        assert courier.ready() is None
        began = time.monotonic()
        handed = courier.hand_over(ERRAND)
        assert time.monotonic() - began < 3.0
        assert handed.outcome == "unsure"
        assert courier.hand_over(ERRAND).outcome == "refused"
    finally:
        courier.stop()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        pytest.param("nosuch://x/y", "not an address that apprise understands", id="unknown"),
        pytest.param("mailto://geheim4711@x", "not a usable address", id="no-recipient"),
    ],
)
def test_an_address_that_is_none(address: str, says: str) -> None:
    """Said in one sentence, without the address."""
    courier = Courier(address, 5.0)
    try:
        bad = courier.ready()
    finally:
        courier.stop()
    assert bad is not None
    assert says in bad.why
    assert "geheim" not in bad.why


def test_a_dead_channel_blocks_nobody(
    store: Store, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AL-3: the other channel has its message, the round ends in time, the scan goes on."""
    hook.mood = always()
    silent = Webhook(always(DRIP))
    monkeypatch.setenv("TN_GOOD", hook.url)
    monkeypatch.setenv("TN_SILENT", f"{silent.url}?rto=60")
    channels = (
        Channel(name="silent", url_env="TN_SILENT"),
        Channel(name="good", url_env="TN_GOOD"),
        Channel(name="unset", url_env="TN_NOT_SET"),
    )
    settings = Settings(alerts=alerting(*channels))
    pace = Pace(round_s=12.0, hand_over_s=1.5, margin_s=1.0, first_pause_s=60.0)
    plan_and_send(store, settings, pace=pace)
    Events(store).keep([event(), event(EventKind.SITE_DOWN, "u2")])
    began = time.monotonic()
    done = plan_and_send(store, settings, pace=pace)
    silent.close()
    assert time.monotonic() - began < pace.round_s + 6
    went = {one.channel: one for one in done.went}
    assert (went["good"].sent, went["silent"].sent, went["unset"].sent) == (2, 0, 0)
    assert "TN_NOT_SET is not set" in went["unset"].why
    assert len(hook.register.arrived) == 2
    assert len(Outbox(store).letters((SENT,))) == 2
    assert done.waiting == 4


@pytest.mark.parametrize(
    ("address", "sent", "kept"),
    [
        (
            "json://user:p4ssw0rd@hooks.so.test:8443/t0ken-in-path?+Auth=h3ader",
            "error at hooks.so.test: /t0ken-in-path p4ssw0rd h3ader 503",
            "error at hooks.so.test: /*** *** *** 503",
        ),
        (
            "zalo://123456:abcDEF_x/chat99",
            "Invalid Zalo Bot Token (123456:abcDEF_x)",
            "Invalid Zalo Bot Token (123456:***)",
        ),
        (
            "tgram://98765:AAbbCC/-1001",
            "to https://api.telegram.org/bot98765:AAbbCC/x",
            "to https://api.telegram.org/bot98765:***/x",
        ),
        (
            "mailto://u%40so:p%2Fw%2Fx9@smtp.so.test",
            "u@so p/w/x9 at smtp.so.test",
            "*** *** at smtp.so.test",
        ),
    ],
)
def test_secrets_are_blotted_out(address: str, sent: str, kept: str) -> None:
    """AL-7: of webhooks and mail servers the host is left, which is no secret."""
    assert redact(sent, address) == kept


def test_where_an_address_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment, or in the first line of a file that only its owner reads."""
    file = tmp_path / "kenh.url"
    file.write_text("json://x.test/a\nsecond line\n", encoding="utf-8")
    file.chmod(0o600)
    assert address_of(Channel(name="c", url_file=str(file))) == "json://x.test/a"
    monkeypatch.setenv("TN_ONE", " json://x.test/b ")
    assert address_of(Channel(name="c", url_env="TN_ONE")) == "json://x.test/b"
    monkeypatch.setenv("TN_ONE", "geheim")
    with pytest.raises(NoAddress, match="TN_ONE holds no address") as caught:
        address_of(Channel(name="c", url_env="TN_ONE"))
    assert "geheim" not in str(caught.value)
    with pytest.raises(NoAddress, match="TN_TWO is not set"):
        address_of(Channel(name="c", url_env="TN_TWO"))
    with pytest.raises(NoAddress, match="cannot be read"):
        address_of(Channel(name="c", url_file=str(tmp_path / "none")))


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps rights in another place")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """With the command that mends it."""
    file = tmp_path / "kenh.url"
    file.write_text("json://x.test/a", encoding="utf-8")
    file.chmod(mode)
    with pytest.raises(NoAddress, match="chmod 600"):
        address_of(Channel(name="c", url_file=str(file)))


# ---- the command --------------------------------------------------------------------------------


def _settings(folder: Path, *names: str) -> Path:
    channels = "".join(
        f"    - {{name: {name}, url_env: TN_{name.upper()}, lang: en}}\n" for name in names
    )
    file = folder / "settings.yaml"
    file.write_text(
        f"alerts:\n  channels:\n{channels}  rules:\n    - {{name: all, to: [{', '.join(names)}], least: info}}\n",
        encoding="utf-8",
    )
    return file


def test_channels_are_tested(
    tmp_path: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by itself: which worked, and why the other did not; no secret is told."""
    settings = _settings(tmp_path, "good", "bad")
    env = {"TN_GOOD": hook.url, "TN_BAD": f"json://127.0.0.1:1/{SECRET}"}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    ended = ask("alerts", "test", "--settings", settings)
    assert ended.code == 1, str(ended)
    good, bad = ended.out.splitlines()
    assert good == "good: sent"
    assert bad.startswith("bad: FAILED: ")
    assert SECRET not in ended.out + ended.err
    assert "Test message" in hook.register.arrived[0].subject
    none = ask("alerts", "test", "other", "--settings", settings)
    assert (none.code, none.err) == (
        2,
        "tinnhiem: there is no channel other in the settings, only: good, bad\n",
    )


def test_sent_listed_and_retried(tmp_path: Path, store: Store, db: Path, hook: Webhook) -> None:
    """The whole way by the command: planned, sent, listed; what failed is shown without its secret and retried."""
    settings = _settings(tmp_path, "good", "bad")
    env = {"TN_GOOD": hook.url, "TN_BAD": f"json://127.0.0.1:1/{SECRET}"}
    where = ("--db", database(db))
    Events(store).keep([event()])
    ended = run("alerts", "send", "--settings", settings, *where, env=env)
    assert ended.code == 0, str(ended)
    assert "good: 1 sent" in ended.out
    assert "2 messages planned, 1 wait" in ended.out
    (arrived,) = hook.register.arrived
    listed = ask("alerts", "list", *where)
    assert " bad  opened  " in listed.out
    assert "without an answer" in listed.out
    assert SECRET not in listed.out + ended.out + ended.err + database(db)
    assert SECRET.encode() not in db.read_bytes()
    everything = ask("alerts", "list", "--all", *where)
    assert len([line for line in everything.out.splitlines() if "opened" in line]) == 2
    assert ask("alerts", "list", "--dead", *where).out == "no such messages\n"
    assert ask("alerts", "retry", "--all", *where).out.startswith("1 messages")
    assert ask("alerts", "retry", *where).code == 2
    assert ask("alerts", "retry", "999", *where).out.startswith("0 messages")
    assert arrived.key == Outbox(store).letters((SENT,))[0].key


def test_without_channels_it_says_so(tmp_path: Path) -> None:
    """Exit 2, and what to do."""
    ended = ask("alerts", "send", "--db", database(tmp_path / "x.sqlite"))
    assert (ended.code, "no channel is set" in ended.err) == (2, True)
    assert not (tmp_path / "x.sqlite").exists()


def test_help_is_quick() -> None:
    """It imports neither the library nor the database."""
    import subprocess

    code = "import sys; import scanner.cli; scanner.cli.cli(['alerts', '--help'], standalone_mode=False); print(sorted({'apprise', 'requests'} & set(sys.modules)))"
    done = subprocess.run(  # noqa: S603  Our own interpreter, no shell.
        [COMMAND[0], "-c", code], cwd=HOME, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_settings_of_the_docs_are_read(tmp_path: Path) -> None:
    """What docs/alerts.md shows works as it stands."""
    page = (HOME / "docs" / "alerts.md").read_text(encoding="utf-8")
    file = tmp_path / "settings.yaml"
    file.write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    settings, problems = read_settings(file)
    assert (problems, settings is not None) == ((), True)
    assert settings is not None
    assert [one.name for one in settings.alerts.channels] == ["mail-so", "zalo-truc", "hook"]


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")
@pytest.mark.parametrize(
    "address",
    [
        "mailtos://canhbao:m@danang.test?smtp=smtp.danang.test&from=canhbao@danang.test&to=a@danang.test",
        "tgram://123456789:abcdefg_hijklmnop-ABCDEFGHIJKLMNO/-1001234567890",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "zalo://123456789:abcdefghijKLMNOPqrst/chatid1",
        "jsons://host.test/path?+Authorization=Bearer%20TOKEN",
        "https://prod-1.southeastasia.logic.azure.com:443/workflows/643e69f83c8944deadbeef0011223344"
        "/triggers/manual/paths/invoke?api-version=1&sig=AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfG",
    ],
)
def test_addresses_of_the_docs_are_known(address: str) -> None:
    """The forms that docs/alerts.md gives are those of the library; long texts fit, with their last line."""
    import apprise

    service = apprise.Apprise.instantiate(address)
    assert service is not None
    lines = [f"- Trường số {n}, từ hôm qua" for n in range(1000)]
    subject, body = fitting(service, "Chủ đề", "\n".join([*lines, f"Mã: {KEY}"]))
    assert body.endswith(f"…\nMã: {KEY}") or len(body) > 20_000
    assert len(body) + len(subject) <= service.body_maxlen

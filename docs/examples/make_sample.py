"""Makes the sample that the package ships: a small export of Salesforce's form.

Everything is invented: a seller of business software, its deals from January 2025 to
June 2026, its five reps. The tables hold on purpose what real exports hold: deals
without any touch, touches after the close, touches of nobody, missing times, a row
twice, a customer who buys again. The same seed gives the same bytes. What is invented
is made here; how Salesforce writes it down is in ``salesforce_form.py``.

Run it as ``python docs/examples/make_sample.py [OUT_DIR]``.
"""

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
from numpy.random import Generator, default_rng
from salesforce_form import Sample, export

SEED = 9979
FIRST_DAY, LAST_DAY = date(2025, 1, 6), date(2026, 6, 30)
YEAR_CLOSE = datetime(2026, 12, 31, 16, tzinfo=UTC)
FIRST_DEALS = ("won",) * 26 + ("lost",) * 20 + ("open",) * 13
UNTOUCHED = {"won": 3, "lost": 2, "open": 1}
SPECIAL = {"D-1014": "10000.01", "D-1032": "33333.34"}
REPS = ("Ines Kolvar", "Tomas Wendry", "Priya Salde", "Marek Horlin", "Lea Anquis")
ROLES = ("champion", "decision maker", "user", "finance")

ALWAYS_ON = {
    "paid search": ("Brand search", "Category search", "Comparison search"),
    "email": ("Monthly newsletter", "Trial nurture", "Product news"),
    "content download": ("Buyer guide", "Benchmark report", "Savings calculator", ""),
}
MONTHS = np.arange("2025-01", "2026-07", dtype="datetime64[M]")
HELD: dict[str, list[date]] = {
    "webinar": np.busday_offset(MONTHS, 2, "forward", "Thu").tolist(),
    "event": np.busday_offset(MONTHS[1::2], 1, "forward", "Wed").tolist(),
}
SEASONS = ("Winter", "Spring", "Summer", "Autumn")
YEAR_END = np.arange("2025-12-24", "2026-01-02", dtype="datetime64[D]")
MARKETING = ("paid search", "content download", "webinar", "event", "email")
MARKETING_ODDS = {
    "first": (0.32, 0.25, 0.17, 0.22, 0.04),
    "won": (0.08, 0.18, 0.28, 0.28, 0.18),
    "lost": (0.23, 0.27, 0.15, 0.11, 0.24),
    "open": (0.15, 0.23, 0.23, 0.19, 0.20),
}
SALES = ("call", "email", "meeting", "demo")
DEEP = {"meeting", "demo", "proposal"}
SALES_ODDS = {
    "early": (0.50, 0.35, 0.10, 0.05),
    "won": (0.18, 0.22, 0.28, 0.32),
    "lost": (0.34, 0.34, 0.20, 0.12),
    "open": (0.24, 0.26, 0.26, 0.24),
}
STRANGERS = (
    "2025-04-16,marketing,paid search,Brand search,,,A-901",
    "2025-10-07,marketing,email,Product news,,C-2901",
    "2026-03-03,sales,call,,Tomas Wendry,,A-902,D-1901",
)


@dataclass(frozen=True)
class Touch:
    """One touch; ``recorded`` orders the ids and is mostly its time."""

    time: datetime | None
    recorded: datetime
    team: str
    channel: str
    campaign: str = ""
    rep: str = ""
    contact: str = ""
    account: str = ""
    deal: str = ""


@dataclass(frozen=True)
class Deal:
    """One deal: who buys, how it ends, from which day to which, touched how often."""

    outcome: str
    segment: str
    currency: str
    kind: str
    owner: str
    start: date
    end: date
    size: int
    account: str = ""
    contacts: tuple[str, ...] = ()
    name: str = ""
    dates: dict[str, datetime] = field(default_factory=dict)
    touches: tuple[Touch, ...] = ()


def workday(day: date, further: int = 0) -> date:
    """The last working day up to ``day``, or one ``further`` working days on."""
    at = np.busday_offset(day, further, "backward", holidays=YEAR_END)
    return date.fromisoformat(str(at))


def day_at(deal: Deal, share: float) -> date:
    """The working day at ``share`` of the deal's length."""
    length = int(np.busday_count(deal.start, deal.end, holidays=YEAR_END))
    return workday(deal.start, int(share * length))


def moment(rng: Generator, day: date, first: int = 7, last: int = 15) -> datetime:
    """A random second of ``day`` between two hours, both included."""
    seconds = int(rng.integers(first * 3600, (last + 1) * 3600))
    return datetime.combine(day, time(0), UTC) + timedelta(seconds=seconds)


def pick(rng: Generator, items: Sequence[str], odds: Sequence[float] = ()) -> str:
    """One of ``items``, all alike or by their odds."""
    shares = np.array(odds or [1] * len(items)) / sum(odds or [1] * len(items))
    return items[int(rng.choice(len(items), p=shares))]


def chance(rng: Generator, odds: float) -> bool:
    """True in ``odds`` of the cases."""
    return bool(rng.random() < odds)


def journey_size(rng: Generator, outcome: str) -> int:
    """How many touches a deal gets: most a few, some many, 20 at most."""
    if chance(rng, 0.08):
        return int(rng.integers(1, 3))
    centre = {"won": 1.8, "lost": 1.35, "open": 1.1}[outcome]
    return min(20, 2 + int(rng.lognormal(centre, 0.6)))


def make_drafts(rng: Generator) -> list[Deal]:
    """The first deal of each account, without ids, in order of the first day."""
    drafts, untouched = [], dict(UNTOUCHED)
    for outcome in FIRST_DEALS:
        segment = pick(rng, ("mid-market", "enterprise"), (0.65, 0.35))
        end = date(2025, 3, 17) + timedelta(days=int(rng.integers(0, 467)))
        if outcome == "open":
            end = LAST_DAY - timedelta(days=int(rng.integers(0, 22)))
        length = rng.lognormal(4.7 if segment == "enterprise" else 4.3, 0.35)
        start = max(FIRST_DAY, end - timedelta(days=int(np.clip(length, 40, 150))))
        currency = pick(rng, ("EUR", "USD"), (0.74, 0.26))
        kind = pick(rng, ("new business", "expansion"), (0.86, 0.14))
        owner = pick(rng, REPS, (0.27, 0.23, 0.2, 0.18, 0.12))
        untouched[outcome] -= 1
        size = 0 if untouched[outcome] >= 0 else journey_size(rng, outcome)
        days = workday(start), workday(end)
        drafts.append(Deal(outcome, segment, currency, kind, owner, *days, size))
    return sorted(drafts, key=lambda deal: deal.start)


def make_deals(rng: Generator) -> list[Deal]:
    """Every deal before its touches; three accounts buy again, or try again."""
    deals, contact = [], 2001
    for i, deal in enumerate(make_drafts(rng)):
        people = 1 + int(rng.choice(4, p=(0.2, 0.35, 0.3, 0.15)))
        ids = tuple(f"C-{contact + k}" for k in range(people))
        contact += people
        deals.append(replace(deal, account=f"A-{101 + i}", contacts=ids))
    touched = sorted((d for d in deals if d.size > 4), key=lambda deal: deal.end)
    won, lost = ([d for d in touched if d.outcome == of] for of in ("won", "lost"))
    for deal, outcome in ((won[2], "won"), (won[11], "open"), (lost[3], "won")):
        start = workday(deal.end + timedelta(days=int(rng.integers(45, 70))))
        late = LAST_DAY if outcome == "open" else start + timedelta(days=118)
        kind = "expansion" if deal.outcome == "won" else "new business"
        group = (*deal.contacts[:2], f"C-{contact}")
        contact += 1
        again = replace(deal, outcome=outcome, contacts=group, kind=kind)
        deals.append(replace(again, start=start, end=workday(late), size=9))
    return deals


def marketing_touch(rng: Generator, deal: Deal, share: float, used: set[date]) -> Touch:
    """A marketing touch at ``share`` of the deal's length (0: the very first).

    A webinar or event is the latest one not yet in ``used``; else another channel.
    """
    channel = pick(rng, MARKETING, MARKETING_ODDS[deal.outcome if share else "first"])
    day = day_at(deal, share)
    low = deal.start - timedelta(days=0 if share else 25)
    past = [one for one in HELD.get(channel, ()) if low <= one <= day]
    held = [one for one in past if one not in used]
    if held:
        day = held[-1]
        used.add(day)
        kind = "webinar" if channel == "webinar" else "trade fair"
        year = (day + timedelta(days=31)).year
        campaign = f"{SEASONS[day.month % 12 // 3]} {kind} {year}"
    else:
        if channel in HELD:
            channel = "email" if share else "paid search"
        campaign = pick(rng, ALWAYS_ON[channel])
    hours = (13, 13) if channel == "webinar" else (7, 15)
    at = moment(rng, day, *hours)
    return Touch(at, at, "marketing", channel, campaign)


def sales_steps(rng: Generator, outcome: str, count: int) -> list[tuple[float, str]]:
    """Share of the deal's length and channel of each sales touch."""
    shares = sorted(float(share) for share in rng.beta(2.4, 1.5, count) * 0.97)
    steps = [
        (share, pick(rng, SALES, SALES_ODDS["early" if share < 0.35 else outcome]))
        for share in shares
    ]
    if outcome == "won" and count > 1:
        steps[-1] = (0.985, "contract")
    if outcome == "won" and count > 2:
        steps[-2] = (float(rng.uniform(0.86, 0.94)), "proposal")
    if count > 2 and chance(rng, {"won": 0.0, "lost": 0.6, "open": 0.25}[outcome]):
        steps[-1] = (float(rng.uniform(0.8, 0.93)), "proposal")
    return steps


def sales_touch(rng: Generator, deal: Deal, share: float, channel: str) -> Touch:
    """A sales touch at ``share`` of the deal's length, by the owner or a colleague."""
    at = moment(rng, day_at(deal, share))
    rep = deal.owner if chance(rng, 0.86) else pick(rng, REPS)
    return Touch(at, at, "sales", channel, rep=rep)


def link(rng: Generator, deal: Deal, touch: Touch) -> Touch:
    """The touch with its person and account, and with its deal where a rep would."""
    odds = {"demo": 0.95, "meeting": 0.85, "proposal": 1.0, "contract": 1.0}
    named = touch.team == "sales" and touch.recorded >= deal.dates["created_at"]
    named = named and chance(rng, odds.get(touch.channel, 0.45))
    known = chance(rng, 0.7 if touch.channel == "paid search" else 0.92)
    weights = (4, 3, 2, 1)[: len(deal.contacts)]
    contact = pick(rng, deal.contacts, weights) if known else ""
    blank = contact and touch.team == "marketing" and chance(rng, 0.08)
    late = timedelta(days=int(rng.integers(4, 20))) * chance(rng, 0.025)
    return replace(
        touch,
        contact=contact,
        account="" if blank else deal.account,
        deal=deal.name if named else "",
        recorded=touch.recorded + late,
    )


def make_dates(rng: Generator, deal: Deal) -> dict[str, datetime]:
    """Created, milestones and close, in order; each follows a touch if there is one."""
    closed = moment(rng, deal.end, 16, 16)
    soon = [timedelta(seconds=int(s)) for s in rng.integers(120, 3000, 4)]

    def after(times: list[datetime], which: int, share: float, k: int) -> datetime:
        found = times[which] if times else moment(rng, day_at(deal, share))
        return found + soon[k]

    lead = after([touch.recorded for touch in deal.touches], 0, 0.02, 0)
    sales = [t.recorded for t in deal.touches if t.team == "sales"]
    created = max(lead, after(sales, 0, 0.35, 1))
    deep = [t.recorded for t in deal.touches if t.channel in DEEP]
    deep = [at for at in deep if at >= created]
    opportunity = min(closed, max(created, after(deep, 0, 0.6, 2)))
    warm = [t.recorded for t in deal.touches if t.team == "marketing"]
    warm = [at for at in warm if at + soon[3] <= created]
    dates = {"created_at": created, "opportunity_at": opportunity}
    if not chance(rng, 0.06):
        dates["lead_at"] = lead
    if (warm or not deal.touches) and not chance(rng, 0.08):
        dates["mql_at"] = min(created, max(lead, after(warm, -1, 0.2, 3)))
    if chance(rng, {"won": 0.04, "lost": 0.12, "open": 0.3}[deal.outcome]):
        del dates["opportunity_at"]
    if deal.outcome == "open" and chance(rng, 0.3):
        closed = YEAR_CLOSE
    elif deal.outcome == "open":
        ahead = LAST_DAY + timedelta(days=int(rng.integers(10, 170)))
        closed = moment(rng, workday(ahead), 16, 16)
    return {**dates, "closed_at": closed}


def with_touches(rng: Generator, deal: Deal) -> Deal:
    """The deal with touches and dates: marketing earlier, sales later."""
    low, high = (1, deal.size - 1) if deal.size > 2 else (0, deal.size)
    count = int(np.clip(rng.binomial(deal.size, 0.47), low, high))
    shares = [float(share) for share in rng.beta(1.1, 2.3, count)]
    steps = sales_steps(rng, deal.outcome, deal.size - count)
    if shares and chance(rng, 0.85):
        shares[0] = 0.0
    elif steps and steps[0][1] not in {"contract", "proposal"}:
        steps[0] = (0.0, pick(rng, ("call", "email"), (0.7, 0.3)))
    used: set[date] = set()
    touches = [marketing_touch(rng, deal, share, used) for share in shares]
    touches += [sales_touch(rng, deal, share, channel) for share, channel in steps]
    touches.sort(key=lambda touch: touch.recorded)
    deal = replace(deal, touches=tuple(touches))
    return replace(deal, dates=make_dates(rng, deal))


def numbered(rng: Generator, deals: Sequence[Deal]) -> Iterable[Deal]:
    """The deals by creation, named in that order, their touches linked."""
    ranked = sorted(deals, key=lambda deal: deal.dates["created_at"])
    for i, draft in enumerate(ranked):
        deal = replace(draft, name=f"D-{1001 + i}")
        yield replace(deal, touches=tuple(link(rng, deal, t) for t in deal.touches))


def stray(rng: Generator, deal: Deal, at: datetime) -> Touch:
    """A further marketing touch of one of the deal's people."""
    channel = pick(rng, ("email", "content download"))
    campaign = pick(rng, ALWAYS_ON[channel][:3])
    who = pick(rng, deal.contacts), deal.account
    return Touch(at, at, "marketing", channel, campaign, "", *who)


def odd_touches(rng: Generator, deals: Sequence[Deal]) -> Iterable[Touch]:
    """Touches too late, too early, without a time, and of nobody who has a deal."""
    accounts = [deal.account for deal in deals]
    single = [d for d in deals if d.touches and accounts.count(d.account) == 1]
    closed = [deal for deal in single if deal.outcome != "open"]
    ended = [deal for deal in closed if deal.end < date(2026, 5, 1)]
    for k, i in enumerate(rng.permutation(len(ended))[:8]):
        day = workday(ended[i].end, int(rng.integers(4, 36)))
        touch = stray(rng, ended[i], moment(rng, day))
        call = replace(touch, team="sales", channel="call", campaign="")
        yield touch if k > 2 else replace(call, rep=ended[i].owner)
    later = [deal for deal in closed if deal.end > date(2025, 11, 20)]
    for i in rng.permutation(len(later))[:6]:
        day = workday(later[i].end - timedelta(days=int(rng.integers(195, 300))))
        yield stray(rng, later[i], moment(rng, day))
    for i in rng.permutation(len(closed))[:2]:
        day = day_at(closed[i], 0.5)
        yield replace(stray(rng, closed[i], moment(rng, day)), time=None)
    for stranger in STRANGERS:
        text, *labels = stranger.split(",")
        at = moment(rng, date.fromisoformat(text))
        yield Touch(at, at, *labels)


def amount(rng: Generator, deal: Deal) -> str:
    """Seats times a yearly price less a discount, as text; some lost deals lack it."""
    low, high = (120, 420) if deal.segment == "enterprise" else (20, 110)
    seats = int(rng.integers(low, high)) // (2 if deal.kind == "expansion" else 1)
    price = int(rng.choice((35988, 45588, 53988)))
    cents = seats * price * (100 - int(rng.choice((0, 3, 7, 12, 17)))) // 100
    blank = deal.outcome == "lost" and chance(rng, 0.2)
    return "" if blank else f"{cents // 100}.{cents % 100:02d}"


def declared(rng: Generator, deal: Deal) -> str:
    """The team that the deal's record says it came from; not always the first."""
    found = deal.touches[0].team if deal.touches else "partner"
    return pick(rng, (found, "sales", "partner", ""), (0.7, 0.14, 0.1, 0.06))


def invented(rng: Generator) -> Sample:
    """The deals with their money, and the touches in the order of recording."""
    deals = list(numbered(rng, [with_touches(rng, deal) for deal in make_deals(rng)]))
    facts = [
        (SPECIAL.get(deal.name, amount(rng, deal)), declared(rng, deal))
        for deal in deals
    ]
    amounts, said = zip(*facts, strict=True)
    touches = [touch for deal in deals for touch in deal.touches]
    touches = [*touches, *odd_touches(rng, deals)]
    touches.sort(key=lambda touch: touch.recorded)
    return Sample(deals, amounts, said, touches, REPS)


def main(arguments: Sequence[str]) -> None:
    """Writes the export to the folder named first, else to the package."""
    package = Path(__file__).resolve().parents[2] / "attribution" / "data"
    folder = Path(arguments[0]) if arguments else package
    folder.mkdir(parents=True, exist_ok=True)
    tables = export(invented(default_rng(SEED)), default_rng(SEED + 1), ROLES)
    for name, made in tables.items():
        rows = list(made)
        if name == "CampaignMember":
            rows.insert(100, rows[97])
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        sys.stdout.write(f"{name}: {len(rows)} rows in {folder}\n")


if __name__ == "__main__":
    main(sys.argv[1:])

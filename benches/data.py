"""What is measured on: the generated stage, the filled log, drafts to be changed, and a file to be imported."""

import datetime
import json
import pathlib
import random

from stage import ROOT, Stage

PROJECTS, INDICATORS, PERIODS = 20, 50, 24
REAL_FILE = ROOT.parent / "shared/data/unhcr-wash/unhcrwash.csv"
MAPPING = json.dumps({
    "layout": "wide",
    "dates": {"start": "start_date", "end": "end_date"},
    "location": {"code": "location_id", "name": "location_name", "parent": "country"},
    "indicators": "*",
    "missing": ["NA", ""],
    "create": ["locations", "periods"],
})
ROWS, PLACES, MONTHS, YEARS = 5406, 82, 61, 5
# so many cells of a report are filled in: about 40,000 of all
FILLED = 0.735


def seed(stage: Stage, organisations: int) -> None:
    """Organisations × 20 projects × 50 indicators × 24 months, and logs of at least 2,000 events in the two that are read."""
    stage.script("stage.sql", orgs=organisations, indicators=INDICATORS)
    for slug in ("amani-wash", "baraka-health"):
        fill_log(stage, slug, 2000)


def fill_log(stage: Stage, slug: str, upto: int) -> None:
    """Events up to a number, in an organisation's log."""
    stage.script("log.sql", slug=slug, upto=upto)


def events(stage: Stage, slug: str) -> int:
    """How long an organisation's log is."""
    return int(stage.ask(f"select h.seq from audit.head h join app.tenant t on t.id = h.tenant_id where t.slug = '{slug}'"))


def drafts(stage: Stage, only_first: bool) -> pathlib.Path:
    """A file with a line a draft as it stands now, ordered so that neighbours belong to different projects."""
    path = stage.dir / "drafts.txt"
    organisations = "where p.n <= 20" if only_first else ""
    lines = stage.ask(
        f"""select concat_ws(' ', p.slug, p.code, v.project_id, v.period_id, v.indicator_id, v.row_version)
            from (select * from bench.project p {organisations} order by n % 20, n limit 1000) p
            join app.indicator_value v on v.tenant_id = p.tenant_id and v.project_id = p.id
            where v.status = 'draft' and v.value is not null and v.deleted_at is null
            order by v.period_id, v.indicator_id"""
    )
    scattered = lines.splitlines()
    random.Random(1).shuffle(scattered)
    path.write_text("\n".join(scattered) + "\n")
    return path


def report_file(stage: Stage) -> tuple[str, bytes]:
    """A file of camp reports and its name: the real one where it is there, else one of its size."""
    if REAL_FILE.exists():
        return REAL_FILE.name, REAL_FILE.read_bytes()
    return "generated.csv", generated(stage).encode()


def generated(stage: Stage) -> str:
    """5,406 reports: of each place 61 months and five years, about 40,000 figures in 18 columns."""
    columns = {
        frequency: stage.ask(
            f"""select string_agg(i.code, ',' order by i.sort) from app.indicator i
                join app.project p on p.tenant_id = i.tenant_id and p.id = i.project_id
                where p.code = 'camps' and i.frequency = '{frequency}'"""
        ).split(",")
        for frequency in ("monthly", "annual")
    }
    rng = random.Random(1)
    rows = [["start_date", "end_date", "location_id", "location_name", "country", *columns["monthly"], *columns["annual"]]]
    for place in range(PLACES):
        head = [str(place), f"Camp {place}", ("Kenya", "Uganda", "Ethiopia")[place % 3]]
        for first, last, kind in spans():
            cells = [figure(rng, name) if kind == frequency else "NA" for frequency in columns for name in columns[frequency]]
            rows.append([first.isoformat(), last.isoformat(), *head, *cells])
    return "\n".join(",".join(row) for row in rows[: ROWS + 1]) + "\n"


def spans() -> list[tuple[datetime.date, datetime.date, str]]:
    """First day, last day and kind of the periods that each place reports for."""
    months = [datetime.date(2019 + m // 12, m % 12 + 1, 1) for m in range(MONTHS + 1)]
    monthly = [(first, following - datetime.timedelta(days=1), "monthly") for first, following in zip(months, months[1:])]
    return monthly + [(datetime.date(y, 1, 1), datetime.date(y, 12, 31), "annual") for y in range(2019, 2019 + YEARS)]


def figure(rng: random.Random, indicator: str) -> str:
    """A figure, or none."""
    if rng.random() > FILLED:
        return "NA"
    return str(rng.randint(1000, 90000) if indicator == "refugee_pop" else rng.randint(1, 99))

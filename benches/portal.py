"""The donor's portal: reports are written, approved by somebody else, published and shared as people do it, and read on the page and on paper."""

import random
import re
from statistics import median
from typing import NamedTuple

import data
from browser import Browser
from loads import Load, Runner
from singles import line
from stage import NotMeasured, Stage

ORG = "amani-wash"
# letters of each of the eleven sections: of a report as most are, and of one of about forty pages
USUAL, LONG = 1_200, 9_600
LETTERS_OF_PARAGRAPH = 600
PAPERS = 3
WORDS = (
    "water point village committee pump repair training family women children clinic school latrine season rains drought road district officer "
    "visit report figure target month quarter partner donor budget plan delay reason lesson change result outcome community leader health "
    "worker teacher market price transport material spare parts tested safe distance minute group meeting survey sample record photograph "
    "who were have been will with from after before because where while less more than each every other first last of in to by at on for and the"
).split()


class Link(NamedTuple):
    """A donor's link, with its secret."""

    id: str
    public_id: str
    secret: str
    snapshot: str


def prose(letters: int, seed: int) -> str:
    """Paragraphs of so many letters, which say nothing and are as long as those that do."""
    rng, paragraphs = random.Random(seed), []
    for _ in range(max(1, letters // LETTERS_OF_PARAGRAPH)):
        words = []
        while sum(map(len, words)) + len(words) < LETTERS_OF_PARAGRAPH:
            words.append(rng.choice(WORDS))
        paragraphs.append(" ".join(words).capitalize() + f" {rng.randint(10, 9999)}.")
    return "\n\n".join(paragraphs)


class Desk:
    """The reports of a project, and who writes and publishes them by the forms of its pages."""

    def __init__(self, stage: Stage, code: str):
        self.stage, self.code, self.project = stage, code, stage.project(code)

    def send(self, person: Browser, form: str, **fields: str) -> str:
        """Sends a form; answers where it leads. One that is refused leads back with what was typed."""
        back = f"/o/{ORG}/projects/{self.code}/reports"
        answer = person.post(f"/fn/{form}", org=ORG, code=self.code, project=self.project, back=back, **fields)
        location = answer.headers.get("location", "")
        if answer.status != 303 or "notice=" not in location:
            raise NotMeasured(f"{form} answers {answer.status} {location}")
        return location

    def publish(self, letters: int) -> str:
        """An annual report with so many letters in each section, and the snapshot that it becomes."""
        number = self.code.rpartition("-")[2]
        self.stage.script("report.sql", project=self.project, number=number)
        location = self.send(self.stage.meal, "reports/create", title="Water in 2025", span="2025", locale="en", template="shipped:annual")
        report = re.search(r"/reports/([0-9a-f-]{36})", location).group(1)
        sections = self.stage.ask(f"select id from app.report_section where report_id = '{report}' order by ord").split()
        for seed, section in enumerate(sections):
            text = prose(letters, seed)
            self.send(self.stage.meal, "report-sections/write", report=report, section=section, row_version="1", body=text, status="ready")
        for person, step in [(self.stage.meal, "submit"), (self.stage.admin, "approve"), (self.stage.admin, "publish")]:
            version = self.stage.ask(f"select row_version from app.report where id = '{report}'")
            self.send(person, f"reports/{step}", report=report, row_version=version)
        return self.stage.ask(f"select id from app.report_snapshot where report_id = '{report}'")

    def share(self, snapshot: str, name: str) -> Link:
        """A link for somebody."""
        wanted = {"project": self.project, "snapshot": snapshot, "recipient_name": name}
        made = self.stage.meal.call(self.stage.token("admin@amani.test"), "/api/v1/donor-links", wanted)
        if "url" not in made:
            raise NotMeasured(f"no link was made: {made}")
        public_id, _, secret = made["url"].rpartition("/d/")[2].partition("#")
        return Link(made["id"], public_id, secret, snapshot)


def reader(stage: Stage, link: Link) -> Browser:
    """A donor's browser that has come through the door of a link."""
    donor = Browser(stage.server.url)
    answer = donor.post("/fn/visits/open", public_id=link.public_id, secret=link.secret, door=stage.door_token())
    if answer.headers.get("location") != "/donor":
        raise NotMeasured(f"the door of a link answers {answer.status}")
    return donor


class Portal:
    """A report as most are, and somebody who reads it."""

    def __init__(self, stage: Stage):
        desk = Desk(stage, "bench-1")
        self.stage, self.link = stage, desk.share(desk.publish(USUAL), "A donor")
        self.donor = reader(stage, self.link)

    def loads(self, runner: Runner) -> list[Load]:
        """The report of a visit as a page, each look at it written down."""
        secret = self.donor.cookies[f"donor-{self.link.public_id}"]
        context = self.stage.donor_context(ORG, self.link.id)
        bare = runner.pgbench("portal.sql", self.stage.login("kipimo_app"), visit=secret, snapshot=self.link.snapshot, ctx=context)
        return [
            Load("portal", f"donor's page, {data.INDICATORS} indicators", runner.pages(["/donor"], self.donor), bare),
            Load("portal-brotli", "donor's page, compressed", runner.pages(["/donor"], self.donor, "br")),
        ]

    def weight(self) -> dict:
        """What a cold browser of a donor fetches for it."""
        bytes_of = self.donor.weight("/donor")
        kept = int(self.stage.ask(f"select length(content) from app.report_snapshot where id = '{self.link.snapshot}'"))
        plain = len(self.donor.get("/donor").body)
        return line("first screen: donor's page", bytes_of["all"], "B", limit=60_000, **bytes_of, html_plain=plain, snapshot_bytes=kept)


def pages_of(pdf: bytes) -> int:
    """How many pages a document has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def paper(stage: Stage) -> dict:
    """A long report on paper: each link has a document of its own, with its reader's name in it, so that none is kept from before."""
    desk = Desk(stage, "bench-2")
    snapshot, taken = desk.publish(LONG), []
    for number in range(PAPERS):
        link = desk.share(snapshot, f"Donor {number}")
        donor, before = reader(stage, link), stage.processor()
        answer = donor.get(f"/donor/{link.public_id}/report.pdf")
        server, database = (b - a for a, b in zip(before, stage.processor(), strict=True))
        if answer.status != 200 or not answer.body.startswith(b"%PDF"):
            raise NotMeasured(f"the report on paper answers {answer.status}")
        taken.append((server + database, server, database))
    seconds, server, database = (median(column) for column in zip(*taken, strict=True))
    details = {"server_seconds": server, "database_seconds": database, "bytes": len(answer.body), "pages": pages_of(answer.body)}
    return line(f"report on paper, {details['pages']} pages: processor", seconds, "s", limit=3, **details)

//! Templates that come with Kipimo.

use super::Part;
use crate::kernel::text::Locale;

/// A text in both languages.
type Both = (&'static str, &'static str);

const fn say(both: Both, locale: Locale) -> &'static str {
    match locale {
        Locale::En => both.0,
        Locale::Sw => both.1,
    }
}

struct ShippedPart {
    key: &'static str,
    title: Both,
    block: &'static str,
    guidance: Both,
    required: bool,
}

impl ShippedPart {
    fn part(&self, locale: Locale) -> Part {
        Part {
            key: self.key.to_owned(),
            title: say(self.title, locale).to_owned(),
            block: self.block.to_owned(),
            guidance: say(self.guidance, locale).to_owned(),
            required: self.required,
        }
    }
}

/// A template that comes with Kipimo.
pub struct Shipped {
    /// Its stable key.
    pub key: &'static str,
    name: Both,
    parts: &'static [ShippedPart],
}

impl Shipped {
    /// What it is called.
    #[must_use]
    pub fn name(&self, locale: Locale) -> &'static str {
        say(self.name, locale)
    }

    /// Its sections.
    #[must_use]
    pub fn parts(&self, locale: Locale) -> Vec<Part> {
        self.parts.iter().map(|part| part.part(locale)).collect()
    }
}

/// The one section of a report without a template.
pub(super) fn alone(locale: Locale) -> Part {
    let title = say(("Narrative", "Maelezo"), locale);
    Part { key: "narrative".to_owned(), title: title.to_owned(), block: "tracking".to_owned(), ..Part::default() }
}

const SUMMARY: ShippedPart = ShippedPart {
    key: "summary",
    title: ("Summary", "Muhtasari"),
    block: "achievements",
    guidance: (
        "In at most ten sentences: what was planned, what was reached, what was not and why, what comes next.",
        "Kwa sentensi zisizozidi kumi: nini kilipangwa, nini kimefikiwa, nini hakikufikiwa na kwa nini, na nini kinafuata.",
    ),
    required: true,
};
const CONTEXT: ShippedPart = ShippedPart {
    key: "context",
    title: ("What changed around the project", "Yaliyobadilika karibu na mradi"),
    block: "none",
    guidance: (
        "Needs, access, security, prices, authorities: only what bears on the results.",
        "Mahitaji, ufikiaji, usalama, bei, mamlaka: yale tu yanayogusa matokeo.",
    ),
    required: false,
};
const PROGRESS: ShippedPart = ShippedPart {
    key: "progress",
    title: ("Progress by result", "Maendeleo kwa kila tokeo"),
    block: "tracking",
    guidance: (
        "Explain each figure that is not on track, and each one far above its target. The table comes by itself.",
        "Eleza kila takwimu isiyo kwenye mwelekeo, na kila iliyopita sana lengo. Jedwali huja lenyewe.",
    ),
    required: true,
};
const CHARTS: ShippedPart = ShippedPart {
    key: "charts",
    title: ("Over time", "Kadiri ya muda"),
    block: "charts",
    guidance: ("What the lines show, and what moved them.", "Mistari inaonyesha nini, na nini kiliisogeza."),
    required: false,
};
const MAP: ShippedPart = ShippedPart {
    key: "places",
    title: ("Where the project works", "Mradi unapofanya kazi"),
    block: "map",
    guidance: (
        "Where it went otherwise than elsewhere, and why. Small figures are hidden by themselves.",
        "Mahali palipokwenda tofauti na kwingine, na kwa nini. Takwimu ndogo hufichwa zenyewe.",
    ),
    required: false,
};
const CHALLENGES: ShippedPart = ShippedPart {
    key: "challenges",
    title: ("Difficulties, and what was done about them", "Changamoto, na hatua zilizochukuliwa"),
    block: "none",
    guidance: (
        "Each difficulty with what it did to the results and who does what about it until when.",
        "Kila changamoto pamoja na athari yake kwa matokeo, na nani anafanya nini hadi lini.",
    ),
    required: false,
};
const LEARNING: ShippedPart = ShippedPart {
    key: "learning",
    title: ("What was learnt", "Tuliyojifunza"),
    block: "learning",
    guidance: (
        "Lessons that are shared beyond the project come by themselves. Say what changes because of them.",
        "Mafunzo yanayoshirikishwa nje ya mradi huja yenyewe. Sema nini kinabadilika kwa sababu yake.",
    ),
    required: false,
};
const BUDGET: ShippedPart = ShippedPart {
    key: "budget",
    title: ("Planned and spent", "Yaliyopangwa na yaliyotumika"),
    block: "budget",
    guidance: ("Explain lines that differ much from what was planned.", "Eleza mistari inayotofautiana sana na mpango."),
    required: false,
};
const EVIDENCE: ShippedPart = ShippedPart {
    key: "evidence",
    title: ("Evidence", "Ushahidi"),
    block: "evidence",
    guidance: (
        "Files that donors may see come by themselves: mark them so on the evidence page.",
        "Faili ambazo wafadhili wanaweza kuona huja zenyewe: ziweke alama kwenye ukurasa wa ushahidi.",
    ),
    required: false,
};
const LASTING: ShippedPart = ShippedPart {
    key: "lasting",
    title: ("What will last", "Yatakayodumu"),
    block: "none",
    guidance: ("Who keeps it going once the project has ended, and with what.", "Nani ataendeleza baada ya mradi kuisha, na kwa nini."),
    required: true,
};
const NEXT: ShippedPart = ShippedPart {
    key: "next",
    title: ("What comes next", "Kinachofuata"),
    block: "none",
    guidance: (
        "The steps until the next report, and what the donor is asked for.",
        "Hatua hadi ripoti ijayo, na kile mfadhili anachoombwa.",
    ),
    required: true,
};

/// Every template that comes with Kipimo.
pub static SHIPPED: [Shipped; 3] = [
    Shipped {
        key: "quarterly",
        name: ("Quarterly report", "Ripoti ya robo mwaka"),
        parts: &[SUMMARY, PROGRESS, CHALLENGES, LEARNING, BUDGET, EVIDENCE, NEXT],
    },
    Shipped {
        key: "annual",
        name: ("Annual report", "Ripoti ya mwaka"),
        parts: &[SUMMARY, CONTEXT, PROGRESS, CHARTS, MAP, CHALLENGES, LEARNING, BUDGET, EVIDENCE, LASTING, NEXT],
    },
    Shipped { key: "short", name: ("Short report", "Ripoti fupi"), parts: &[SUMMARY, PROGRESS, NEXT] },
];

//! Indicators that come with Kipimo: what much of the field measures, told in words of our own beside the place where it is defined.

use std::collections::BTreeMap;

use crate::kernel::wording::Wording;

/// An indicator that comes with Kipimo.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its code.
    pub code: &'static str,
    /// Its title in English and Swahili.
    pub title: (&'static str, &'static str),
    /// What exactly is measured, in both.
    pub definition: (&'static str, &'static str),
    /// Where it is defined.
    pub source: &'static str,
    /// The rest of its sheet, by the names of the columns.
    pub fields: &'static [(&'static str, &'static str)],
}

/// A share of people or households, told by a survey.
const SHARE: &[(&str, &str)] = &[
    ("kind", "percentage"),
    ("unit", "%"),
    ("decimals", "1"),
    ("direction", "increase"),
    ("accumulation", "non_cumulative"),
    ("agg_locations", "ratio"),
    ("agg_periods", "ratio_of_sums"),
    ("frequency", "annual"),
    ("iati_measure", "2"),
];
/// A count of people, each counted once in the whole project.
const COUNT: &[(&str, &str)] = &[
    ("kind", "number"),
    ("unit", "people"),
    ("decimals", "0"),
    ("direction", "increase"),
    ("accumulation", "non_cumulative"),
    ("agg_locations", "sum"),
    ("agg_periods", "sum"),
    ("frequency", "quarterly"),
    ("iati_measure", "1"),
];
/// So much for each of them: of all places together what all have by all who need it, never a mean of means.
const EACH: &[(&str, &str)] = &[
    ("kind", "ratio"),
    ("unit", "l"),
    ("decimals", "1"),
    ("direction", "increase"),
    ("accumulation", "non_cumulative"),
    ("agg_locations", "ratio"),
    ("agg_periods", "ratio_of_sums"),
    ("frequency", "monthly"),
    ("numerator_label", "l"),
    ("iati_measure", "1"),
];
/// A share of which less is better.
const LESS: &[(&str, &str)] = &[
    ("kind", "percentage"),
    ("unit", "%"),
    ("decimals", "1"),
    ("direction", "decrease"),
    ("accumulation", "non_cumulative"),
    ("agg_locations", "ratio"),
    ("agg_periods", "ratio_of_sums"),
    ("frequency", "annual"),
    ("iati_measure", "2"),
];

/// Every one of them.
pub const SHIPPED: [Shipped; 8] = [
    Shipped {
        code: "sdg_6_1_1",
        title: ("People who use safely managed drinking water", "Watu wanaotumia maji ya kunywa yanayosimamiwa kwa usalama"),
        definition: (
            "Of the people asked about, those whose household takes its drinking water from an improved source at home, which has water when they need it and is free of faecal and priority chemical contamination.",
            "Kati ya watu walioulizwa kuwahusu, wale ambao kaya yao huchota maji ya kunywa kwenye chanzo kilichoboreshwa nyumbani, chenye maji yanapohitajika, na kisicho na uchafuzi wa kinyesi wala kemikali.",
        ),
        source: "SDG 6.1.1",
        fields: SHARE,
    },
    Shipped {
        code: "sdg_6_2_1a",
        title: ("People who use safely managed sanitation", "Watu wanaotumia vyoo vinavyosimamiwa kwa usalama"),
        definition: (
            "Of the people asked about, those who use an improved toilet that is not shared with other households and whose excreta are disposed of safely.",
            "Kati ya watu walioulizwa kuwahusu, wale wanaotumia choo kilichoboreshwa kisichoshirikiwa na kaya nyingine, na ambacho kinyesi chake huondolewa kwa usalama.",
        ),
        source: "SDG 6.2.1a",
        fields: SHARE,
    },
    Shipped {
        code: "sdg_2_1_2",
        title: ("People with moderate or severe food insecurity", "Watu wenye uhaba wa chakula wa wastani au mkali"),
        definition: (
            "Of the people asked about, those whose answers to the Food Insecurity Experience Scale show moderate or severe food insecurity.",
            "Kati ya watu walioulizwa kuwahusu, wale ambao majibu yao katika Kipimo cha Uzoefu wa Uhaba wa Chakula yanaonyesha uhaba wa wastani au mkali.",
        ),
        source: "SDG 2.1.2",
        fields: LESS,
    },
    Shipped {
        code: "sdg_3_1_2",
        title: ("Births attended by skilled health personnel", "Uzazi uliohudumiwa na mhudumu wa afya mwenye ujuzi"),
        definition: (
            "Of the live births in the period, those attended by a doctor, nurse or midwife trained for it.",
            "Kati ya watoto waliozaliwa hai katika kipindi, wale ambao uzazi wao ulihudumiwa na daktari, muuguzi au mkunga aliyefunzwa.",
        ),
        source: "SDG 3.1.2",
        fields: SHARE,
    },
    Shipped {
        code: "sdg_4_1_2",
        title: ("Children who complete primary school", "Watoto wanaomaliza shule ya msingi"),
        definition: (
            "Of the young people three to five years above the intended age of the last grade of primary school, those who completed that grade.",
            "Kati ya vijana waliozidi kwa miaka mitatu hadi mitano umri uliokusudiwa wa darasa la mwisho la shule ya msingi, wale waliomaliza darasa hilo.",
        ),
        source: "SDG 4.1.2",
        fields: SHARE,
    },
    Shipped {
        code: "water_per_person",
        title: ("Water for each person and day", "Maji kwa kila mtu kwa siku"),
        definition: (
            "Litres of water that reach people, divided by the people and the days: for drinking, cooking and hygiene. In emergencies the Sphere standards ask for 15 litres at least.",
            "Lita za maji zinazowafikia watu, zikigawanywa kwa watu na siku: kwa kunywa, kupika na usafi. Katika dharura viwango vya Sphere huhitaji angalau lita 15.",
        ),
        source: "Sphere, water supply standard 2.1",
        fields: EACH,
    },
    Shipped {
        code: "people_assisted",
        title: ("People reached for the first time", "Watu waliofikiwa kwa mara ya kwanza"),
        definition: (
            "People who received goods, cash or a service of the project for the first time in the period: whoever came before is not counted again, so that periods add up.",
            "Watu waliopokea bidhaa, fedha au huduma ya mradi kwa mara ya kwanza katika kipindi: aliyekuja awali hahesabiwi tena, ili vipindi vijumlike.",
        ),
        source: "Humanitarian programme cycle, people reached",
        fields: COUNT,
    },
    Shipped {
        code: "feedback_known",
        title: ("People who know how to complain", "Watu wanaojua jinsi ya kulalamika"),
        definition: (
            "Of the people asked, those who name at least one way in which they can give feedback or complain to the organisation.",
            "Kati ya watu walioulizwa, wale wanaotaja angalau njia moja ya kutoa maoni au kulalamika kwa shirika.",
        ),
        source: "Core Humanitarian Standard, commitment 5",
        fields: SHARE,
    },
];

impl Shipped {
    /// Its title.
    #[must_use]
    pub fn wording(&self) -> Wording {
        Wording::shipped(self.title.0, self.title.1)
    }

    /// What stands on its sheet, by the names of the columns.
    #[must_use]
    pub fn sheet(&self, locale: crate::kernel::text::Locale) -> BTreeMap<String, String> {
        let definition = Wording::shipped(self.definition.0, self.definition.1);
        let definition = format!("{} ({})", definition.say(locale), self.source);
        let texts = [("title", self.wording().say(locale).to_owned()), ("definition", definition)];
        let rest = self.fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        texts.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(rest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::text::Locale;

    #[test]
    fn every_one_says_how_it_is_measured_in_both_languages() {
        for shipped in SHIPPED {
            for locale in Locale::ALL {
                let sheet = shipped.sheet(locale);
                assert!(sheet["definition"].contains(shipped.source), "{}", shipped.code);
                let parts = sheet["agg_locations"] == "ratio" && sheet["agg_periods"] == "ratio_of_sums";
                assert_eq!(parts, matches!(sheet["kind"].as_str(), "percentage" | "ratio"), "{}", shipped.code);
            }
        }
        assert_eq!(SHIPPED[2].sheet(Locale::En)["direction"], "decrease", "less hunger is better");
    }
}

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
/// A count of people, each counted once in a period.
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
/// A mean of places.
const MEAN: &[(&str, &str)] = &[
    ("kind", "average"),
    ("unit", "l"),
    ("decimals", "1"),
    ("direction", "increase"),
    ("accumulation", "non_cumulative"),
    ("agg_locations", "avg"),
    ("agg_periods", "avg"),
    ("frequency", "monthly"),
    ("iati_measure", "1"),
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
        fields: SHARE,
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
        fields: MEAN,
    },
    Shipped {
        code: "people_assisted",
        title: ("People who received assistance", "Watu waliopokea msaada"),
        definition: (
            "People who received goods, cash or a service of the project in the period, each counted once however often they came.",
            "Watu waliopokea bidhaa, fedha au huduma ya mradi katika kipindi, kila mmoja akihesabiwa mara moja hata akija mara nyingi.",
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
        let texts = [("title", self.wording().say(locale).to_owned()), ("definition", definition.say(locale).to_owned())];
        let rest = self.fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        texts.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(rest).collect()
    }
}

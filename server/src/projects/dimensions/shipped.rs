//! The dimensions that come with Kipimo. An organisation's own row of one is made when it is first used, and is its own from then on.

use super::super::progress::DimensionKind;
use crate::kernel::wording::Wording;

/// A dimension that comes with Kipimo.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its key.
    pub key: &'static str,
    /// Its name in English and Swahili.
    pub name: (&'static str, &'static str),
    /// Its values: code, English, Swahili.
    pub values: &'static [(&'static str, &'static str, &'static str)],
}

/// The code of the value of those about whom it is not known.
pub const UNKNOWN: &str = "unknown";

/// Every one of them. Ages are the bands that sex- and age-disaggregated data of humanitarian work use most; disability is told by the
/// short set of questions of the Washington Group.
pub const SHIPPED: [Shipped; 4] = [
    Shipped {
        key: "sex",
        name: ("Sex", "Jinsia"),
        values: &[
            ("female", "Female", "Mwanamke"),
            ("male", "Male", "Mwanamume"),
            ("other", "Other", "Nyingine"),
            (UNKNOWN, "Unknown", "Haijulikani"),
        ],
    },
    Shipped {
        key: "age",
        name: ("Age", "Umri"),
        values: &[
            ("0-4", "0–4", "0–4"),
            ("5-11", "5–11", "5–11"),
            ("12-17", "12–17", "12–17"),
            ("18-24", "18–24", "18–24"),
            ("25-49", "25–49", "25–49"),
            ("50-59", "50–59", "50–59"),
            ("60+", "60 and over", "60 na zaidi"),
            (UNKNOWN, "Unknown", "Haijulikani"),
        ],
    },
    Shipped {
        key: "disability",
        name: ("Disability", "Ulemavu"),
        values: &[
            ("with", "With a disability", "Mwenye ulemavu"),
            ("without", "Without a disability", "Asiye na ulemavu"),
            (UNKNOWN, "Unknown", "Haijulikani"),
        ],
    },
    Shipped {
        key: "residence",
        name: ("Residence status", "Hali ya ukaazi"),
        values: &[
            ("host", "Host community", "Jamii mwenyeji"),
            ("idp", "Internally displaced", "Mkimbizi wa ndani"),
            ("refugee", "Refugee", "Mkimbizi"),
            ("returnee", "Returnee", "Aliyerejea"),
            ("other", "Other", "Nyingine"),
            (UNKNOWN, "Unknown", "Haijulikani"),
        ],
    },
];

impl Shipped {
    /// The dimension of a key.
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        SHIPPED.into_iter().find(|shipped| shipped.key == key)
    }

    /// Its name.
    #[must_use]
    pub fn wording(&self) -> Wording {
        Wording::shipped(self.name.0, self.name.1)
    }

    /// How its values relate to the whole: each person is in exactly one of them, the unknown among them.
    #[must_use]
    pub const fn kind(&self) -> DimensionKind {
        DimensionKind::ExclusiveExhaustive
    }
}

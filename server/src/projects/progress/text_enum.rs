//! Enums whose names are stored as text: one macro, so that the stored text,
//! its parser and the list of all choices cannot drift apart.

use std::error::Error;
use std::fmt;

/// A stored text that none of the choices of an enum is written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownChoice {
    /// Which enum was asked for, e.g. `"Kind"`.
    pub of: &'static str,
    /// The text that was found.
    pub text: String,
}

impl fmt::Display for UnknownChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no {}", self.text, self.of)
    }
}

impl Error for UnknownChoice {}

/// Declares a fieldless enum with `ALL`, `as_str`, `Display` and `FromStr`.
macro_rules! text_enum {
    (
        $(#[$about:meta])*
        $name:ident { $( $(#[$doc:meta])* $choice:ident => $text:literal, )+ }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$doc])* $choice, )+ }

        impl $name {
            /// Every choice, in the order in which a form offers them.
            pub const ALL: &'static [Self] = &[$( Self::$choice, )+];

            /// The text stored in the database and written in exports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$choice => $text, )+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = super::UnknownChoice;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $( $text => Ok(Self::$choice), )+
                    _ => Err(super::UnknownChoice { of: stringify!($name), text: text.to_owned() }),
                }
            }
        }
    };
}

pub(super) use text_enum;

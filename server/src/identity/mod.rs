//! Who somebody is: passwords, second factor, sessions, tokens. The only place, with `donors`, where an `Actor` is made.

pub mod authenticate;
pub mod flash;
pub mod limits;
pub mod passwords;
pub mod sessions;
pub mod sign_in;
pub mod tokens;
pub mod totp;

//! Who somebody is: passwords, second factors, sessions, tokens. The only place, with `donors`, where an `Actor` is made.

pub mod authenticate;
pub mod device;
mod events;
pub mod factors;
pub mod flash;
pub mod limits;
pub mod passwords;
pub mod recovery_codes;
pub mod session_list;
pub mod sessions;
pub mod sign_in;
pub mod step_up;
pub mod tokens;
pub mod totp;

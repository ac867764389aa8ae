//! Who somebody is: passwords, second factors, sessions, tokens. The only place, with `donors`, where an `Actor` is made.

pub mod authenticate;
pub mod breaches;
pub mod device;
pub mod email_change;
mod events;
mod factor_change;
pub mod factors;
pub mod flash;
pub mod letter_requests;
pub mod limits;
pub mod passkeys;
pub mod password_change;
pub mod password_rules;
pub mod passwords;
pub mod profile;
pub mod providers;
pub mod recovery_codes;
pub mod secrets;
pub mod session_list;
pub mod sessions;
pub mod set_up;
pub mod sign_in;
pub mod step_up;
pub mod tokens;
pub mod totp;

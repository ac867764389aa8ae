//! Whether a person asks for something, or a program that looks beforehand: what a browser fetches in advance, and what scanners of mail
//! and makers of previews look at.

use axum::http::{HeaderMap, Method};

/// Programs that say what they are, by a part of their name in small letters.
const PROGRAMS: [&str; 16] = [
    "bot/",
    "bot-",
    "bot (",
    "crawler",
    "spider",
    "preview",
    "facebookexternalhit",
    "whatsapp/",
    "googleimageproxy",
    "feedfetcher",
    "proofpoint",
    "mimecast",
    "barracuda",
    "trendmicro",
    "safelinks",
    "linkcheck",
];

/// Headers by which browsers say that nobody looks yet.
const BEFOREHAND: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Whether a person asks.
#[must_use]
pub fn by_person(method: &Method, headers: &HeaderMap) -> bool {
    let says = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_lowercase();
    let beforehand = BEFOREHAND.iter().any(|name| ["prefetch", "prerender", "preview"].iter().any(|word| says(name).contains(word)));
    let agent = says("user-agent");
    *method != Method::HEAD && !beforehand && !PROGRAMS.iter().any(|program| agent.contains(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_what_is_fetched_beforehand_are_no_people() {
        let phone = "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36";
        let cases = [
            (Method::GET, vec![("user-agent", phone)], true),
            (Method::GET, vec![], true),
            (Method::HEAD, vec![("user-agent", phone)], false),
            (Method::GET, vec![("sec-purpose", "prefetch;prerender")], false),
            (Method::GET, vec![("purpose", "prefetch")], false),
            (Method::POST, vec![("user-agent", "Mozilla/5.0 (compatible; bingbot/2.0)")], false),
            (Method::POST, vec![("user-agent", "Mozilla/5.0 Chrome/100 BingPreview/1.0b")], false),
            (Method::GET, vec![("user-agent", "WhatsApp/2.23")], false),
        ];
        for (method, sent, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in &sent {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!(by_person(&method, &headers), expected, "{method} {sent:?}");
        }
    }
}

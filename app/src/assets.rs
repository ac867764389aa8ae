//! Files of the site: built into the program, named by their content, compressed once.

use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path as UrlPath;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use leptos::config::LeptosOptions;
use server::kernel::crypto::{hex, sha256};

use crate::visit::App;

const FOREVER: &str = "public, max-age=31536000, immutable";
const A_DAY: &str = "public, max-age=86400";

/// A file in memory with its compressed form.
pub struct File {
    /// Its path, with a hash of its content.
    pub path: String,
    mime: &'static str,
    plain: Vec<u8>,
    brotli: Vec<u8>,
}

impl File {
    fn new(stem: &str, ending: &str, mime: &'static str, plain: Vec<u8>) -> Self {
        let path = format!("/{stem}-{}.{ending}", &hex(&sha256(&plain))[..12]);
        let brotli = compress(&plain);
        Self { path, mime, plain, brotli }
    }

    fn answer(&self, headers: &HeaderMap, cache: &'static str) -> Response {
        let common = [(header::CONTENT_TYPE, self.mime), (header::CACHE_CONTROL, cache), (header::VARY, "accept-encoding")];
        if takes_brotli(headers) {
            (common, [(header::CONTENT_ENCODING, "br")], self.brotli.clone()).into_response()
        } else {
            (common, self.plain.clone()).into_response()
        }
    }
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|part| part.split(';').next().unwrap_or_default().trim() == "br")
}

fn compress(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    // a window that holds the file and no more: a larger one costs megabytes, which the allocator keeps
    let window = (usize::BITS - plain.len().leading_zeros()).clamp(10, 22);
    let mut writer = brotli::CompressorWriter::new(&mut out, 4096, 11, window);
    // writing to memory cannot fail; if it did, the file would only be empty for who takes brotli
    let _ = writer.write_all(plain);
    drop(writer);
    out
}

/// The style of every page: the layers in their order, without comments.
pub static STYLE: LazyLock<File> = LazyLock::new(|| {
    let layers = [
        include_str!("../../style/tokens.css"),
        include_str!("../../style/base.css"),
        include_str!("../../style/layout.css"),
        include_str!("../../style/components.css"),
        include_str!("../../style/forms.css"),
        include_str!("../../style/tables.css"),
        include_str!("../../style/charts.css"),
        include_str!("../../style/print.css"),
    ];
    let css: String = layers.iter().map(|layer| without_comments(layer)).collect();
    File::new("style", "css", "text/css; charset=utf-8", css.into_bytes())
});

/// What the pages of donors look like beside that.
pub static PORTAL: LazyLock<File> = LazyLock::new(|| {
    let css = without_comments(include_str!("../../style/portal.css"));
    File::new("portal", "css", "text/css; charset=utf-8", css.into_bytes())
});

fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start..].find("*/").map_or("", |end| &rest[start + end + 2..]);
    }
    out.push_str(rest);
    out.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What opens the search over a page.
pub static PALETTE: LazyLock<File> = LazyLock::new(|| {
    let source = include_bytes!("../../public/palette.js").to_vec();
    File::new("palette", "js", "text/javascript; charset=utf-8", source)
});

static LOGO: LazyLock<File> = LazyLock::new(|| File::new("logo", "svg", "image/svg+xml", include_bytes!("../../public/logo.svg").to_vec()));
static FAVICON: LazyLock<File> =
    LazyLock::new(|| File::new("favicon", "svg", "image/svg+xml", include_bytes!("../../public/favicon.svg").to_vec()));

/// The browser part: where it lies, and the hash that its files are named by.
#[derive(Clone, Debug)]
pub struct Browser {
    directory: std::path::PathBuf,
    name: String,
}

impl Browser {
    /// The browser part in a site's directory, if it was built: `pkg/kipimo-{hash}.js` and what belongs to it.
    #[must_use]
    pub fn find(site: &Path) -> Option<Self> {
        let directory = site.join("pkg");
        let newest = std::fs::read_dir(&directory).ok()?.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let stem = name.strip_suffix(".js").filter(|stem| stem.starts_with("kipimo-"))?.to_owned();
            Some((entry.metadata().ok()?.modified().ok()?, stem))
        });
        let (_, name) = newest.max()?;
        Some(Self { directory, name })
    }

    /// What Leptos needs to know of it.
    #[must_use]
    pub fn options(&self) -> LeptosOptions {
        LeptosOptions::builder().output_name(self.name.clone()).site_pkg_dir("pkg").build()
    }
}

/// Routes of the site's files.
pub fn routes() -> Router<App> {
    Router::new()
        .route(&STYLE.path, get(|headers: HeaderMap| async move { STYLE.answer(&headers, FOREVER) }))
        .route(&PORTAL.path, get(|headers: HeaderMap| async move { PORTAL.answer(&headers, FOREVER) }))
        .route(&PALETTE.path, get(|headers: HeaderMap| async move { PALETTE.answer(&headers, FOREVER) }))
        .route("/logo.svg", get(|headers: HeaderMap| async move { LOGO.answer(&headers, A_DAY) }))
        .route("/favicon.svg", get(|headers: HeaderMap| async move { FAVICON.answer(&headers, A_DAY) }))
        .route("/robots.txt", get(|| async { "User-agent: *\nDisallow: /d/\nDisallow: /donor\nDisallow: /o/\n" }))
        .route("/pkg/{file}", get(browser_file))
}

/// A file of the browser part, in its compressed form where there is one.
async fn browser_file(
    axum::extract::State(app): axum::extract::State<App>,
    UrlPath(file): UrlPath<String>,
    headers: HeaderMap,
) -> Response {
    let Some(browser) = &app.settings.browser else { return StatusCode::NOT_FOUND.into_response() };
    let mime = match file.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "wasm")) => "application/wasm",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    if !file.starts_with(&browser.name) || file.contains(['/', '\\']) || file.contains("..") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let path = browser.directory.join(&file);
    let common = [(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, FOREVER), (header::VARY, "accept-encoding")];
    if takes_brotli(&headers)
        && let Ok(bytes) = tokio::fs::read(path.with_file_name(format!("{file}.br"))).await
    {
        return (common, [(header::CONTENT_ENCODING, "br")], bytes).into_response();
    }
    match tokio::fs::read(path).await {
        Ok(bytes) => (common, bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

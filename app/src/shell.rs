//! The document around every page: head, navigation, footer.

use std::sync::Arc;

use axum::response::{Html, IntoResponse, Response};
use hydration_context::SsrSharedContext;
use leptos::hydration::HydrationScripts;
use leptos::nonce::Nonce;
use leptos::prelude::*;
use leptos::reactive::owner::Owner;
use server::access::{Can, Cx};
use server::kernel::text::Locale;

use crate::assets;
use crate::support_banner;
use crate::text::Say;
use crate::visit::Visit;

/// Where in the main navigation a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nav {
    /// What needs me.
    Home,
    /// Where all projects stand.
    Dashboard,
    /// Projects.
    Projects,
    /// The audit log.
    Audit,
    /// The organisation's library.
    Library,
    /// Donor links.
    Links,
    /// Members.
    Members,
    /// The search: beside the menus, not in the main navigation.
    Search,
    /// Roles and rights: in the account's menu, not in the main navigation.
    Roles,
    /// The settings of the organisation: there too.
    Settings,
    /// API tokens: there too.
    Tokens,
    /// Background jobs: there too.
    Jobs,
}

/// A page inside an organisation.
pub struct Inside<'a> {
    visit: &'a Visit,
    cx: &'a Cx,
    nav: Nav,
    wide: bool,
    islands: bool,
}

impl Visit {
    /// A page inside an organisation.
    #[must_use]
    pub fn inside<'a>(&'a self, cx: &'a Cx, nav: Nav) -> Inside<'a> {
        Inside { visit: self, cx, nav, wide: false, islands: false }
    }

    /// A public page: sign-in and the like.
    pub fn public<V: IntoView>(&self, title: &str, body: impl FnOnce() -> V) -> Response {
        self.bare_bones(title, None, body)
    }

    fn bare_bones<V: IntoView>(&self, title: &str, script: Option<(String, &'static str)>, body: impl FnOnce() -> V) -> Response {
        let say = self.say;
        let languages = languages(self);
        document(say, title, Frame { class: "public", script }, || {
            view! {
                <header class="topbar"><div class="wrap">
                    <a class="brand" href="/"><img src="/logo.svg" alt="" width="32" height="32"/><span>"Kipimo"</span></a>
                    <div class="topmenus">{languages}</div>
                </div></header>
                <main class="wrap" id="main" tabindex="-1">{body()}</main>
                {footer(say, "wrap")}
            }
        })
    }

    /// A public page with a script of our own, which the page does without where there is none.
    pub fn public_with<V: IntoView>(&self, title: &str, source: &'static str, body: impl FnOnce() -> V) -> Response {
        self.bare_bones(title, Some((self.nonce.clone(), source)), body)
    }

    /// A page for a donor: no navigation, nothing of the organisation but what was shared.
    pub fn donor<V: IntoView>(&self, title: &str, script: Option<&'static str>, body: impl FnOnce() -> V) -> Response {
        let say = self.say;
        let script = script.map(|source| (self.nonce.clone(), source));
        document(say, title, Frame { class: "donor", script }, || {
            view! { <main class="wrap" id="main" tabindex="-1">{body()}</main>{footer(say, "wrap")} }
        })
    }
}

impl Inside<'_> {
    /// Uses the whole width of the window.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// The page has an island: the browser part is loaded.
    #[must_use]
    pub fn with_islands(mut self) -> Self {
        self.islands = true;
        self
    }

    /// Renders the page.
    pub fn show<V: IntoView>(self, title: &str, body: impl FnOnce() -> V) -> Response {
        let (visit, say, wide) = (self.visit, self.visit.say, self.wide);
        let organisation = self.cx.standing().map(|s| s.tenant_name.clone()).unwrap_or_default();
        let demo = self.cx.standing().is_ok_and(|s| s.demo);
        let title = format!("{title} · {organisation}");
        let browser = visit.app.settings.browser.clone().filter(|_| self.islands);
        let nonce = visit.nonce.clone();
        let script_nonce = nonce.clone();
        let class = if wide { "wrap wide" } else { "wrap" };
        document(say, &title, Frame { class: "inside", script: None }, || {
            provide_context(Nonce::from_value(nonce));
            let notice = visit.notice.as_deref().map(|code| {
                view! { <div class="notice success" role="status"><strong>{say.word("notice", code)}</strong></div> }
            });
            view! {
                {demo.then(|| ribbon(say, class))}
                {support_banner::banner(visit, self.cx, class)}
                {self.topbar(class, organisation)}
                <main class=class id="main" tabindex="-1">{notice}{body()}</main>
                {footer(say, class)}
                {self.has_palette().then(|| view! { <script nonce=script_nonce defer src=assets::PALETTE.path.as_str()></script> })}
                {browser.map(|browser| view! { <HydrationScripts options=browser.options() islands=true/> })}
            }
        })
    }

    /// Whether the search opens over the page. Not on a visit of support: every look is written down, and half a word is none.
    fn has_palette(&self) -> bool {
        self.cx.may(Can::ListProjects) && self.cx.actor().impersonator().is_none()
    }

    fn topbar(&self, class: &'static str, organisation: String) -> impl IntoView {
        let (say, cx) = (self.visit.say, self.cx);
        let home = format!("/o/{}", cx.standing().map(|s| s.slug.clone()).unwrap_or_default());
        let (name, email) = (cx.actor().name().to_owned(), cx.actor().email().to_owned());
        let settings = cx.may(Can::ReadSettings);
        let tokens = cx.may(Can::ReadOwnTokens);
        let jobs = cx.may(Can::ReadJobs);
        let initials: String = name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
        view! {
            <header class="topbar"><div class=class>
                <a class="brand" href=home.clone()><img src="/logo.svg" alt="" width="32" height="32"/><span>"Kipimo"</span></a>
                {self.organisations(organisation)}
                <nav class="mainnav" aria-label=say.t("nav-main")><ul>{self.links(&home)}</ul></nav>
                <div class="topmenus">
                    {cx.may(Can::ListProjects).then(|| search_link(say, &home, self.has_palette()))}
                    {languages(self.visit)}
                    <details class="menu" name="top">
                        <summary><span class="initials" aria-hidden="true">{initials}</span>
                            <span class="visually-hidden">{say.with("nav-account", &[("name", &name)])}</span></summary>
                        <div class="menu-panel">
                            <p><strong>{name}</strong><br/><small>{email}</small></p><hr/>
                            <ul><li><a href=format!("{home}/admin/roles")>{say.t("nav-roles")}</a></li>
                                {settings.then(|| view! { <li><a href=format!("{home}/admin/settings")>{say.t("organisation-title")}</a></li> })}
                                {jobs.then(|| view! { <li><a href=format!("{home}/jobs")>{say.t("jobs-title")}</a></li> })}
                                {tokens.then(|| view! { <li><a href=format!("{home}/admin/tokens")>{say.t("tokens-title")}</a></li> })}
                                <li><a href="/settings/account">{say.t("nav-settings")}</a></li>
                                <li><a href="/settings/account#orgs-h">{say.t("account-organisations")}</a></li></ul><hr/>
                            <form method="post" action="/logout"><button>{say.t("nav-sign-out")}</button></form>
                        </div>
                    </details>
                    <details class="menu menu-nav" name="top"><summary>{say.t("nav-menu")}</summary>
                        <div class="menu-panel"><nav aria-label=say.t("nav-main")><ul>{self.links(&home)}</ul></nav></div></details>
                </div>
            </div></header>
        }
    }

    /// The organisation; for who belongs to several, the way to the others.
    fn organisations(&self, name: String) -> AnyView {
        let say = self.visit.say;
        let others = self.cx.standing().map(|s| s.others.clone()).unwrap_or_default();
        if others.is_empty() {
            return view! { <span class="org">{name}</span> }.into_any();
        }
        let links = others.into_iter().map(|(slug, name)| view! { <li><a href=format!("/o/{slug}")>{name}</a></li> }).collect_view();
        view! {
            <details class="menu menu-org" name="top">
                <summary><span class="org">{name}</span><span class="visually-hidden">{say.t("nav-switch")}</span></summary>
                <div class="menu-panel"><nav aria-label=say.t("nav-switch")><ul>{links}</ul></nav></div>
            </details>
        }
        .into_any()
    }

    fn links(&self, home: &str) -> Vec<AnyView> {
        let (say, cx) = (self.visit.say, self.cx);
        let all = [
            (Nav::Home, String::new(), "nav-home", true),
            (Nav::Dashboard, "/dashboard".to_owned(), "nav-dashboard", cx.may(Can::ListProjects)),
            (Nav::Projects, "/projects".to_owned(), "nav-projects", cx.may(Can::ListProjects)),
            (Nav::Library, "/library".to_owned(), "library-title", cx.may(Can::KeepLibrary)),
            (Nav::Audit, "/audit".to_owned(), "nav-audit", cx.may(Can::ReadAudit(None))),
            (Nav::Links, "/admin/donor-links".to_owned(), "nav-donor-links", cx.may(Can::ReadDonorLinks(None))),
            (Nav::Members, "/admin/members".to_owned(), "members-title", cx.may(Can::ListPeople)),
        ];
        all.into_iter()
            .filter(|(_, _, _, shown)| *shown)
            .map(|(nav, path, key, _)| {
                let current = (nav == self.nav).then_some("page");
                view! { <li><a href=format!("{home}{path}") aria-current=current>{say.t(key)}</a></li> }.into_any()
            })
            .collect()
    }
}

/// The way to the search, which opens over the page where scripts run and `palette` says so.
fn search_link(say: Say, home: &str, palette: bool) -> AnyView {
    view! {
        <a class="find" href=format!("{home}/search") data-palette=palette.then(|| say.t("search-label")) data-failed=say.t("search-failed") data-hint=say.t("search-hint") data-close=say.t("search-close")
            aria-keyshortcuts=palette.then_some("Control+K Meta+K") title=say.t("search-title")>
            <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="m15.5 15.5 5 5" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></svg>
            <span class="visually-hidden">{say.t("search-title")}</span></a>
    }
    .into_any()
}

/// A page of its own, without navigation: refusals. The same whatever was asked for.
pub fn bare<V: IntoView>(say: Say, title: &str, body: impl FnOnce() -> V) -> Response {
    document(say, title, Frame { class: "public", script: None }, || {
        view! {
            <header class="topbar"><div class="wrap">
                <a class="brand" href="/"><img src="/logo.svg" alt="" width="32" height="32"/><span>"Kipimo"</span></a>
            </div></header>
            <main class="wrap" id="main" tabindex="-1">{body()}</main>
            {footer(say, "wrap")}
        }
    })
}

struct Frame {
    class: &'static str,
    /// A nonce and a script of our own.
    script: Option<(String, &'static str)>,
}

fn document<V: IntoView>(say: Say, title: &str, frame: Frame, body: impl FnOnce() -> V) -> Response {
    // every page has an owner of its own: what it makes is dropped with it
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| {
        let script = frame.script.map(|(nonce, source)| view! { <script nonce=nonce>{source}</script> });
        let view = view! {
            <html lang=say.0.as_str() dir="ltr">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <title>{format!("{title} · Kipimo")}</title>
                    <link rel="stylesheet" href=assets::STYLE.path.as_str()/>
                    {(frame.class == "donor").then(|| view! { <link rel="stylesheet" href=assets::PORTAL.path.as_str()/> })}
                    <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                </head>
                <body class=frame.class>
                    <a class="skip" href="#main">{say.t("skip")}</a>
                    {body()}
                    {script}
                </body>
            </html>
        };
        view.to_html()
    });
    drop(owner);
    Html(format!("<!DOCTYPE html>{html}")).into_response()
}

fn ribbon(say: Say, class: &'static str) -> impl IntoView {
    view! {
        <div class="ribbon" role="region" aria-label=say.t("demo-label")><div class=class>
            <strong>{say.t("demo-label")}</strong>" "{say.t("demo-text")}
        </div></div>
    }
}

fn footer(say: Say, class: &'static str) -> impl IntoView {
    view! { <footer class="footer"><div class=class><span>{say.t("footer-text")}</span><ul><li><a href="/verify">{say.t("verify-title")}</a></li></ul></div></footer> }
}

fn languages(visit: &Visit) -> impl IntoView {
    let (say, back) = (visit.say, visit.path.clone());
    let choices = Locale::ALL.map(|locale| {
        let current = (locale == say.0).then_some("true");
        view! {
            <li><form method="post" action="/fn/languages/choose">
                <input type="hidden" name="back" value=back.clone()/>
                <input type="hidden" name="locale" value=locale.as_str()/>
                <button lang=locale.as_str() aria-current=current>{say.t(&format!("language-{}", locale.as_str()))}</button>
            </form></li>
        }
    });
    view! {
        <details class="menu" name="top">
            <summary><span class="visually-hidden">{say.t("nav-language")}</span>{say.0.as_str().to_uppercase()}</summary>
            <div class="menu-panel"><ul>{choices.collect_view()}</ul></div>
        </details>
    }
}

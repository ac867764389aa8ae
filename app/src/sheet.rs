//! A form as it stands on a page: labels, hints, what was typed, and why it was refused.

use leptos::prelude::*;
use server::identity::flash::Flash;
use server::kernel::text::Locale;

use crate::forms::is_secret;
use crate::text::Say;
use crate::visit::Visit;

/// A form on a page: its texts, and what was typed into it if it was refused.
#[derive(Clone)]
pub struct Sheet {
    say: Say,
    form: &'static str,
    back: String,
    flash: Option<Flash>,
}

impl Sheet {
    /// The form `noun/verb` of a page; `flash` is the page's, if it has one.
    #[must_use]
    pub fn new(visit: &Visit, form: &'static str, flash: Option<&Flash>) -> Self {
        Self { say: visit.say, form, back: visit.path.clone(), flash: flash.filter(|flash| flash.form == form).cloned() }
    }

    /// What was typed, or what stands there.
    #[must_use]
    pub fn value(&self, field: &str, stands: &str) -> String {
        self.flash.as_ref().and_then(|flash| flash.typed.get(field)).cloned().unwrap_or_else(|| stands.to_owned())
    }

    /// The cells that were typed for an indicator, by key, if the form came back.
    #[must_use]
    pub fn typed_cells(&self, indicator: &str) -> Vec<(String, String)> {
        let typed = self.flash.iter().flat_map(|flash| &flash.typed);
        typed
            .filter(|(_, value)| !value.trim().is_empty())
            .filter_map(|(name, value)| {
                let (part, rest) = name.split_once('-')?;
                let key = rest.strip_prefix(indicator)?.strip_prefix('-')?;
                part.starts_with("cell").then(|| (key.to_owned(), value.clone()))
            })
            .collect()
    }

    /// Whether the form was refused a moment ago.
    #[must_use]
    pub fn was_refused(&self) -> bool {
        self.flash.as_ref().is_some_and(|flash| flash.code.is_some() || !flash.faults.is_empty())
    }

    /// Whether it was refused because somebody else changed the same thing meanwhile.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.flash.as_ref().is_some_and(|flash| flash.code.as_deref() == Some("stale"))
    }

    /// Whether it was this row's form that was refused, of many forms of one address; `key` is the field that names the row.
    #[must_use]
    pub fn was_refused_for(&self, key: &str, row: impl std::fmt::Display) -> bool {
        self.was_refused() && self.value(key, "") == row.to_string()
    }

    /// The id of a field of one of many such forms: only the refused one has the id that its refusal links to.
    #[must_use]
    pub fn id_in_row(&self, field: &str, row: impl std::fmt::Display) -> String {
        if self.was_refused() { self.id(field) } else { format!("{field}-{row}") }
    }

    /// The same form without what was typed, unless the condition holds: for one of several forms of an address on a page.
    #[must_use]
    pub fn only_if(&self, mine: bool) -> Self {
        Self { flash: self.flash.clone().filter(|_| mine), ..self.clone() }
    }

    /// The address that the form is sent to.
    #[must_use]
    pub fn action(&self) -> String {
        format!("/fn/{}", self.form)
    }

    /// The page that the form stands on.
    #[must_use]
    pub fn back(&self) -> String {
        self.back.clone()
    }

    /// What is shown once.
    #[must_use]
    pub fn once(&self) -> Option<String> {
        self.flash.as_ref()?.once.clone()
    }

    /// Why a field was refused, in words.
    #[must_use]
    pub fn fault(&self, field: &str) -> Option<String> {
        self.flash.as_ref()?.faults.get(field).map(|code| self.say.word("fault", code))
    }

    /// Why a field of several controls was refused, as a line beneath them that the refusal leads to.
    #[must_use]
    pub fn fault_line(&self, field: &str) -> AnyView {
        let fault = self.fault(field).map(|fault| view! { <p class="field-error" id=self.id(field) tabindex="-1">{fault}</p> });
        fault.into_any()
    }

    /// Whether a box is ticked: as it was ticked if the form came back, or as it stands.
    #[must_use]
    pub fn is_ticked(&self, name: &str, stands: bool) -> bool {
        if self.was_refused() { self.value(name, "") == "yes" } else { stands }
    }

    /// The words of a list whose boxes were ticked, if the form came back.
    #[must_use]
    pub fn ticked(&self, prefix: &str) -> Vec<String> {
        let typed = self.flash.iter().flat_map(|flash| &flash.typed);
        typed.filter(|(_, value)| *value == "yes").filter_map(|(name, _)| name.strip_prefix(prefix).map(str::to_owned)).collect()
    }

    /// A box to tick, with its text.
    #[must_use]
    pub fn tick(&self, name: String, text: impl IntoView + 'static, stands: bool) -> AnyView {
        let checked = self.is_ticked(&name, stands);
        view! { <label class="row"><input type="checkbox" name=name value="yes" checked=checked/>{text}</label> }.into_any()
    }

    /// The form's element, with its address, what it needs hidden, and why it was refused.
    pub fn form(&self, hidden: &[(&'static str, String)], body: impl IntoView + 'static) -> AnyView {
        let hidden = hidden.iter().map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone()/> }).collect_view();
        view! {
            <form class="form" method="post" action=format!("/fn/{}", self.form)>
                {self.refusal()}
                <input type="hidden" name="back" value=self.back.clone()/>
                {hidden}
                {body}
            </form>
        }
        .into_any()
    }

    /// Why the form was refused: a rule in one sentence, or a list of links to the fields.
    #[must_use]
    pub fn refusal(&self) -> AnyView {
        let Some(flash) = self.flash.as_ref().filter(|_| self.was_refused()) else { return ().into_any() };
        let say = self.say;
        let heading = match &flash.code {
            Some(code) => say.word("problem", code),
            None => say.count_of("form-to-mend", flash.faults.len()),
        };
        let faults = flash
            .faults
            .iter()
            .take(20)
            .map(|(field, code)| {
                let name = field.split('-').next().unwrap_or(field).to_owned();
                view! { <li><a href=format!("#{}-{field}", self.anchor())>{say.word("field", &name)}": "{say.word("fault", code)}</a></li> }
            })
            .collect_view();
        view! {
            <div class="errors" id="refused" role="alert" tabindex="-1"><h2>{heading}</h2><ul>{faults}</ul></div>
        }
        .into_any()
    }

    fn anchor(&self) -> String {
        self.form.replace('/', "-")
    }

    /// The id of a field on the page.
    #[must_use]
    pub fn id(&self, field: &str) -> String {
        format!("{}-{field}", self.anchor())
    }

    /// Label, hint, the control, and why it was refused.
    fn field(&self, field: &'static str, control: impl FnOnce(String, Option<String>, Option<&'static str>) -> AnyView) -> AnyView {
        let hint = Some(self.say.word("hint", field)).filter(|hint| hint != &field.replace('_', " "));
        self.hinted(field, hint, control)
    }

    /// A field with a hint of its own, tied to it.
    fn hinted(
        &self,
        field: &'static str,
        hint: Option<String>,
        control: impl FnOnce(String, Option<String>, Option<&'static str>) -> AnyView,
    ) -> AnyView {
        let (say, id, fault) = (self.say, self.id(field), self.fault(field));
        let described: Vec<String> =
            [hint.as_ref().map(|_| format!("{id}-h")), fault.as_ref().map(|_| format!("{id}-e"))].into_iter().flatten().collect();
        let described = Some(described.join(" ")).filter(|d| !d.is_empty());
        let control = control(id.clone(), described, fault.as_ref().map(|_| "true"));
        view! {
            <div class="field">
                <label for=id.clone()>{say.word("field", field)}</label>
                {hint.map(|hint| view! { <p class="hint" id=format!("{id}-h")>{hint}</p> })}
                {control}
                {fault.map(|fault| view! { <p class="field-error" id=format!("{id}-e")>{fault}</p> })}
            </div>
        }
        .into_any()
    }

    /// A line of text, of a kind of input: `text`, `email`, `password`, `date`, `search`.
    #[must_use]
    pub fn line(&self, field: &'static str, kind: &'static str, stands: &str) -> AnyView {
        let secret = is_secret(self.form, field);
        let value = if secret { String::new() } else { self.value(field, stands) };
        let complete = match field {
            "email" => Some("username"),
            "password" => Some("current-password"),
            "new_password" => Some("new-password"),
            "code" if secret => Some("one-time-code"),
            _ => None,
        };
        let mode = match field {
            "code" if secret => Some("numeric"),
            _ => None,
        };
        self.field(field, |id, described, invalid| {
            view! {
                <input id=id name=field type=kind value=value autocomplete=complete inputmode=mode
                    aria-describedby=described aria-invalid=invalid/>
            }
            .into_any()
        })
    }

    /// A new password: shown on demand, with a hint of its strength where there is script. Nothing stands in the way of pasting.
    #[must_use]
    pub fn new_password(&self) -> AnyView {
        let say = self.say;
        let control = self.line("new_password", "password", "");
        let words = ["password-weak", "password-fair", "password-good"].map(|key| say.t(key)).join("|");
        view! {
            <div class="new-password">{control}
                <p class="row" hidden=true><button type="button" class="btn btn-small" data-show=say.t("password-show") data-hide=say.t("password-hide")>{say.t("password-show")}</button>
                    <output class="small" data-words=words aria-live="polite"></output></p></div>
        }
        .into_any()
    }

    /// The secret of a link. The script of the page fills it in; without script the link is pasted. It must stay out of the
    /// browser's memory of forms.
    #[must_use]
    pub fn link_secret(&self) -> AnyView {
        let (say, id) = (self.say, self.id("secret"));
        let hint = format!("{id}-h");
        view! {
            <div class="field">
                <label for=id.clone()>{say.t("field-secret")}</label>
                <p class="hint" id=hint.clone()>{say.t("hint-secret")}</p>
                <input id=id name="secret" type="text" autocomplete="off" required=true aria-describedby=hint/>
            </div>
        }
        .into_any()
    }

    /// A passcode that is made up for somebody else: who types it sees it, and no browser keeps it as their own.
    #[must_use]
    pub fn made_up_passcode(&self) -> AnyView {
        self.hinted("passcode", Some(self.say.t("link-passcode-text")), |id, described, invalid| {
            view! {
                <input id=id name="passcode" type="text" autocomplete="off" spellcheck="false" value=""
                    aria-describedby=described aria-invalid=invalid/>
            }
            .into_any()
        })
    }

    /// What a thing is called, typed so that it and nothing else is deleted.
    #[must_use]
    pub fn typed_to_delete(&self, hint: String) -> AnyView {
        let value = self.value("confirm", "");
        self.hinted("confirm", Some(hint), |id, described, invalid| {
            view! {
                <input id=id name="confirm" type="text" autocomplete="off" spellcheck="false" value=value
                    aria-describedby=described aria-invalid=invalid/>
            }
            .into_any()
        })
    }

    /// A figure.
    #[must_use]
    pub fn figure(&self, field: &'static str, stands: &str) -> AnyView {
        let value = self.value(field, stands);
        self.field(field, |id, described, invalid| {
            view! {
                <input class="short" id=id name=field type="text" inputmode="decimal" value=value
                    aria-describedby=described aria-invalid=invalid/>
            }
            .into_any()
        })
    }

    /// Several lines of text.
    #[must_use]
    pub fn area(&self, field: &'static str, rows: u8, stands: &str) -> AnyView {
        self.prose(field, rows, stands, false)
    }

    /// A text that nothing is sent without.
    #[must_use]
    pub fn needed_area(&self, field: &'static str, rows: u8) -> AnyView {
        self.prose(field, rows, "", true)
    }

    fn prose(&self, field: &'static str, rows: u8, stands: &str, needed: bool) -> AnyView {
        let value = self.value(field, stands);
        self.field(field, |id, described, invalid| {
            view! {
                <textarea id=id name=field rows=rows.to_string() required=needed aria-describedby=described aria-invalid=invalid>{in_textarea(&value)}</textarea>
            }
            .into_any()
        })
    }

    /// One of several: values with their texts.
    #[must_use]
    pub fn choice(&self, field: &'static str, options: Vec<(String, String)>, stands: &str) -> AnyView {
        let chosen = self.value(field, stands);
        self.field(field, |id, described, invalid| {
            let options = options
                .into_iter()
                .map(|(value, text)| {
                    let selected = value == chosen;
                    view! { <option value=value selected=selected>{text}</option> }
                })
                .collect_view();
            view! { <select id=id name=field aria-describedby=described aria-invalid=invalid>{options}</select> }.into_any()
        })
    }

    /// One of the languages.
    #[must_use]
    pub fn language(&self, field: &'static str, stands: &str) -> AnyView {
        let choices = Locale::ALL.map(|l| (l.as_str().to_owned(), self.say.t(&format!("language-{}", l.as_str()))));
        self.choice(field, choices.to_vec(), stands)
    }

    /// The button, and perhaps a way out.
    #[must_use]
    pub fn actions(&self, label: &str, cancel: Option<String>) -> AnyView {
        let say = self.say;
        view! {
            <div class="form-actions">
                <button class="btn btn-primary">{say.t(label)}</button>
                {cancel.map(|href| view! { <a class="btn" href=href>{say.t("cancel")}</a> })}
            </div>
        }
        .into_any()
    }
}

/// Text as it stands within `<textarea>`: the framework does not escape there. A browser drops a line break at the beginning,
/// so one is put in front.
#[must_use]
pub fn in_textarea(text: &str) -> String {
    format!("\n{}", text.replace('&', "&amp;").replace('<', "&lt;"))
}

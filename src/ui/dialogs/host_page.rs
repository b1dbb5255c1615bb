//! One host in the dialog of hosts: how it is, signing in, what can be set, and trying it. What is set counts when a field is left.

use std::collections::BTreeMap;

use egui::{RichText, ScrollArea, Ui};

use super::form::{self, Edited, Field};
use super::hosts::{Kept, Stand};
use super::{Answer, Matter};
use crate::core::settings::SecretStore;
use crate::core::snapshot::HostRow;
use crate::core::{Command, Entered, HostSecret, HostSettings, Reply, Snapshot, Takes, Tested};
use crate::ui::format::Clock;
use crate::ui::icons::Icon;
use crate::ui::texts::dialogs as texts;
use crate::ui::{Action, button, theme};

/// Most images sent at once, and most galleries.
const PARALLEL_MAX: usize = 16;
const GALLERIES_MAX: usize = 4;
/// Names of what a person enters that others may see.
const NO_SECRETS: [&str; 5] = ["user", "username", "login", "email", "access_key"];

/// What is being done at one host.
#[derive(Default)]
pub struct HostPage {
    typed: BTreeMap<String, Typed>,
    entered: BTreeMap<String, String>,
    sign_in: SignIn,
    test: Test,
}

/// What is written in a field, and what was set when that was begun.
struct Typed {
    value: String,
    began_with: String,
    wrong: Option<String>,
    /// It is asked for already.
    is_sent: bool,
}

#[derive(Default)]
enum SignIn {
    #[default]
    Idle,
    Busy,
    Said {
        words: String,
        is_error: bool,
    },
}

#[derive(Default)]
enum Test {
    #[default]
    Idle,
    Busy,
    Done(Vec<Tested>),
    Refused(String),
}

impl HostPage {
    pub fn show(
        &mut self,
        ui: &mut Ui,
        host: &HostRow,
        kept: &Kept,
        snapshot: &Snapshot,
        clock: &Clock,
        actions: &mut Vec<Action>,
    ) {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            self.head(ui, host, kept, snapshot, clock, actions);
            if !host.secrets.is_empty() {
                self.sign_in(ui, host, kept, snapshot.settings.secret_store, actions);
            }
            self.test(ui, host, actions);
            let (addresses, own): (Vec<_>, Vec<_>) =
                host.options.iter().partition(|option| option.key.starts_with("origins."));
            if !own.is_empty() {
                form::heading(ui, texts::OPTIONS_TITLE);
                for option in own {
                    self.option(ui, host, option, actions);
                }
            }
            form::heading(ui, texts::LIMITS_TITLE);
            self.common(ui, host, &["certificate", "proxy"], actions);
            form::heading(ui, texts::ADDRESSES_TITLE);
            for option in addresses {
                self.option(ui, host, option, actions);
            }
            self.setting(ui, host, "certificate", actions);
            self.setting(ui, host, "proxy", actions);
        });
    }

    /// What came of signing in, or of a test.
    pub fn answered(&mut self, matter: &Matter, answer: &Answer) {
        match (matter, answer) {
            (Matter::Test(_), Ok(Reply::Tested(steps))) => self.test = Test::Done(steps.clone()),
            (Matter::Test(_), Err(refusal)) => self.test = Test::Refused(refusal.words.clone()),
            (_, Ok(_)) => {
                self.entered.clear();
                let is_in = matches!(matter, Matter::SignIn(_));
                let words = if is_in { texts::SIGN_IN_DONE } else { texts::SIGN_OUT_DONE };
                self.sign_in = SignIn::Said { words: words.to_owned(), is_error: false };
            }
            (_, Err(refusal)) => {
                self.sign_in = SignIn::Said { words: refusal.words.clone(), is_error: true };
            }
        }
    }

    fn head(
        &mut self,
        ui: &mut Ui,
        host: &HostRow,
        kept: &Kept,
        snapshot: &Snapshot,
        clock: &Clock,
        actions: &mut Vec<Action>,
    ) {
        ui.label(RichText::new(&host.name).heading());
        let stand = Stand::of(host, kept);
        let waits_for = host.waits_for.as_deref();
        let words = match (stand, host.paused_until) {
            (Stand::Gone, _) => texts::HOST_GONE.to_owned(),
            (Stand::Paused, Some(until)) => texts::host_paused(&clock.minute(until), waits_for.unwrap_or_default()),
            (Stand::NeedsSignIn, _) => waits_for.unwrap_or(texts::SIGNED_IN_NOT).to_owned(),
            _ => waits_for.unwrap_or(texts::HOST_READY).to_owned(),
        };
        if stand == Stand::Held {
            form::wrong(ui, &words);
        } else {
            form::note(ui, &words);
        }
        ui.horizontal_wrapped(|ui| {
            let can_resume = matches!(stand, Stand::Paused | Stand::Held);
            if can_resume && ui.button(texts::HOST_RESUME).on_hover_text(texts::HOST_RESUME_WHAT).clicked() {
                actions.push(Action::Ask(Command::ResumeHost(host.id.clone())));
            }
            if snapshot.settings.host == host.id {
                ui.label(texts::HOST_IS_USUAL);
            } else if host.is_known && ui.button(texts::HOST_MAKE_USUAL).clicked() {
                let (key, value) = ("uploads.host".to_owned(), host.id.clone());
                actions.push(Action::Ask(Command::Configure { key, value }));
            }
        });
        self.setting(ui, host, "enabled", actions);
    }

    fn sign_in(&mut self, ui: &mut Ui, host: &HostRow, kept: &Kept, store: SecretStore, actions: &mut Vec<Action>) {
        form::heading(ui, texts::SIGN_IN_TITLE);
        match kept {
            Kept::Unknown(words) => form::wrong(ui, words),
            Kept::Known(_) if kept.misses(host) => form::note(ui, texts::SIGNED_IN_NOT),
            Kept::Known(_) if host.secrets.iter().any(|secret| kept.has(&host.id, &secret.name)) => {
                form::note(ui, texts::SIGNED_IN);
            }
            Kept::Known(_) => form::note(ui, texts::SIGNED_IN_OPTIONAL),
            Kept::NotAsked | Kept::Asked => {}
        }
        let mut entered = Edited::Nothing;
        for secret in &host.secrets {
            let value = self.entered.entry(secret.name.clone()).or_default();
            let hint = match secret {
                secret if kept.has(&host.id, &secret.name) => texts::SECRET_KEPT,
                HostSecret { is_optional: true, .. } => texts::SECRET_OPTIONAL,
                HostSecret { .. } => "",
            };
            let is_secret = !NO_SECRETS.contains(&secret.name.as_str());
            let field = Field { label: &secret.label, takes: &Takes::Text, hint, is_secret };
            if form::field(ui, &field, value, None) == Edited::Entered {
                entered = Edited::Entered;
            }
        }
        let is_complete =
            host.secrets.iter().all(|secret| {
                secret.is_optional || self.entered.get(&secret.name).is_some_and(|value| !value.is_empty())
            }) && self.entered.values().any(|value| !value.is_empty());
        let can = is_complete && !matches!(self.sign_in, SignIn::Busy);
        let is_in = host.secrets.iter().any(|secret| kept.has(&host.id, &secret.name));
        let (wants_in, wants_out) = form::beside(
            ui,
            |_, _| (),
            |ui, _, ()| {
                let wants_in = ui.add_enabled(can, button::dialog(texts::SIGN_IN)).clicked();
                (wants_in, ui.add_enabled(is_in, button::dialog(texts::SIGN_OUT)).clicked())
            },
        );
        if wants_in || entered == Edited::Entered && can {
            let entered = std::mem::take(&mut self.entered);
            let entered = Entered(entered.into_iter().filter(|(_, value)| !value.is_empty()).collect());
            self.sign_in = SignIn::Busy;
            let command = Command::SignIn { host: host.id.clone(), entered };
            actions.push(Action::AskAbout(Matter::SignIn(host.id.clone()), command));
        } else if wants_out {
            let command = Command::SignOut(host.id.clone());
            actions.push(Action::AskAbout(Matter::SignOut(host.id.clone()), command));
        }
        match &self.sign_in {
            SignIn::Idle => form::note(ui, where_kept(store)),
            SignIn::Busy => form::note(ui, texts::SIGN_IN_BUSY),
            SignIn::Said { words, is_error: true } => form::wrong(ui, words),
            SignIn::Said { words, is_error: false } => form::note(ui, words),
        }
    }

    fn test(&mut self, ui: &mut Ui, host: &HostRow, actions: &mut Vec<Action>) {
        form::heading(ui, texts::TEST_TITLE);
        let can = host.is_known && !matches!(self.test, Test::Busy);
        if ui.add_enabled(can, button::dialog(texts::TEST)).on_hover_text(texts::TEST_WHAT).clicked() {
            self.test = Test::Busy;
            let matter = Matter::Test(host.id.clone());
            actions.push(Action::AskAbout(matter, Command::TestHost(host.id.clone())));
        }
        match &self.test {
            Test::Idle => form::note(ui, texts::TEST_WHAT),
            Test::Busy => form::note(ui, texts::TEST_BUSY),
            Test::Refused(words) => form::wrong(ui, words),
            Test::Done(steps) => {
                for step in steps {
                    tested(ui, step);
                }
                if steps.iter().all(|step| step.ok) {
                    form::note(ui, texts::TEST_GOOD);
                }
            }
        }
    }

    /// The settings that every host has, without those of `elsewhere`.
    fn common(&mut self, ui: &mut Ui, host: &HostRow, elsewhere: &[&str], actions: &mut Vec<Action>) {
        for (key, ..) in texts::HOST_SETTINGS {
            if key != "enabled" && !elsewhere.contains(&key) {
                self.setting(ui, host, key, actions);
            }
        }
    }

    fn setting(&mut self, ui: &mut Ui, host: &HostRow, key: &str, actions: &mut Vec<Action>) {
        let Some((_, label, hint)) = texts::HOST_SETTINGS.iter().find(|(known, ..)| *known == key) else { return };
        let takes = takes(host, key);
        self.field(ui, host, key, &Field { label, takes: &takes, hint, is_secret: false }, actions);
    }

    fn option(&mut self, ui: &mut Ui, host: &HostRow, option: &crate::core::HostOption, actions: &mut Vec<Action>) {
        let field = Field { label: &option.label, takes: &option.takes, hint: &option.default, is_secret: false };
        self.field(ui, host, &option.key, &field, actions);
    }

    fn field(&mut self, ui: &mut Ui, host: &HostRow, key: &str, field: &Field, actions: &mut Vec<Action>) {
        let entries = host.settings.entries(&host.options);
        let set_to = entries.into_iter().find(|(known, _)| known == key).map(|(_, value)| value).unwrap_or_default();
        let typed = self.typed.get(key).filter(|typed| typed.began_with == set_to);
        let (mut value, wrong) =
            typed.map_or((set_to.clone(), None), |typed| (typed.value.clone(), typed.wrong.clone()));
        let edited = form::field(ui, field, &mut value, wrong.as_deref());
        if edited == Edited::Nothing {
            return;
        }
        let mut checked: HostSettings = host.settings.clone();
        let wrong = checked.set(&host.options, key, &value).err();
        let is_done = edited != Edited::Typing && wrong.is_none();
        if is_done && checked == host.settings {
            self.typed.remove(key);
            return;
        }
        let was_sent = self.typed.get(key).is_some_and(|typed| typed.is_sent && typed.value == value);
        if is_done && !was_sent {
            let (host, key, value) = (host.id.clone(), key.to_owned(), value.clone());
            actions.push(Action::Ask(Command::ConfigureHost { host, key, value }));
        }
        self.typed.insert(key.to_owned(), Typed { value, began_with: set_to, wrong, is_sent: is_done });
    }
}

/// What a setting takes that every host has.
fn takes(host: &HostRow, key: &str) -> Takes {
    let numbers = |max: usize| (1..=max).map(|n| (n.to_string(), n.to_string()));
    match key {
        "enabled" | "shrink_to_fit" => Takes::Switch,
        "parallel_images" => {
            let default = ("default".to_owned(), texts::parallel_default(host.parallel_images));
            let default = match host.settings.parallel_images {
                None => default,
                Some(_) => ("default".to_owned(), texts::AS_DEFINED.to_owned()),
            };
            Takes::Choice(std::iter::once(default).chain(numbers(PARALLEL_MAX)).collect())
        }
        "galleries_at_once" => Takes::Choice(numbers(GALLERIES_MAX).collect()),
        "connect_timeout" => Takes::Number(1, 600),
        "idle_timeout" => Takes::Number(1, 3600),
        _ => Takes::Text,
    }
}

const fn where_kept(store: SecretStore) -> &'static str {
    match store {
        SecretStore::Keyring => texts::SECRETS_IN_STORE,
        SecretStore::File => texts::SECRETS_IN_FILE,
    }
}

/// One step of a test: whether it worked, how long it took, what came of it.
fn tested(ui: &mut Ui, step: &Tested) {
    let ink = &theme::palette(ui).ink;
    let (icon, color) = if step.ok { (Icon::Check, ink.success) } else { (Icon::Cross, ink.error) };
    form::beside(
        ui,
        |ui, _| {
            ui.horizontal(|ui| {
                icon.show(ui, color);
                ui.label(format!("{} · {}", step.what, texts::took(step.took_ms)));
            });
        },
        |ui, _, ()| if step.ok { form::note(ui, &step.words) } else { form::wrong(ui, &step.words) },
    );
}

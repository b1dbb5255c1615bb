//! What is read at one place and sent to another, as the steps say it, before anybody is asked anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::step::{Kind, Step};
use crate::hosts::extract::Place;
use crate::hosts::values::{Reference, Text};

/// What the answers of one origin give goes to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::hosts) struct Flow {
    /// Names of origins.
    pub from: String,
    pub to: String,
}

/// Every flow between two of the `origins`.
pub(super) fn all<'a>(
    steps: &BTreeMap<Kind, Vec<Arc<Step>>>,
    origins: impl Iterator<Item = &'a String>,
) -> BTreeSet<Flow> {
    let origins: BTreeSet<_> = origins.cloned().collect();
    let mut sources = Sources::default();
    let all = || steps.iter().flat_map(|(kind, steps)| steps.iter().map(move |step| (*kind, step)));
    // Until nothing new is found: a later step may give what an earlier one of the next image uses.
    loop {
        let before = sources.clone();
        for (kind, step) in all() {
            sources.learn(kind, step, &origins);
        }
        if sources == before {
            break;
        }
    }
    let mut flows = BTreeSet::new();
    for (_, step) in all() {
        let Some(request) = &step.request else { continue };
        // Whether it is asked at all tells something, too.
        let texts = request.texts().into_iter().chain(&step.when);
        let carried: BTreeSet<_> = texts.flat_map(|text| sources.of(text)).collect();
        for to in asked(step, &origins) {
            let from = carried.iter().filter(|from| **from != to);
            flows.extend(from.map(|from| Flow { from: from.clone(), to: to.clone() }));
        }
    }
    flows
}

/// By the names of values: the origins whose answers are in them.
#[derive(Clone, Default, PartialEq, Eq)]
struct Sources(BTreeMap<String, BTreeSet<String>>);

impl Sources {
    /// What is in values that the step gives.
    fn learn(&mut self, kind: Kind, step: &Step, origins: &BTreeSet<String>) {
        for (name, text) in &step.set {
            let from = self.of(text);
            self.add(kind, name, from);
        }
        let asked = asked(step, origins);
        let of_items = step.items.iter().flat_map(|items| &items.extract);
        for extract in step.extract.iter().chain(of_items) {
            for place in &extract.from {
                let from = match place {
                    Place::Text(text) => self.of(text),
                    _ => asked.clone(),
                };
                self.add(kind, &extract.name, from);
            }
        }
    }

    fn add(&mut self, kind: Kind, name: &str, from: BTreeSet<String>) {
        let name = match name.strip_prefix("gallery.") {
            Some(name) => format!("{{gallery.{name}}}"),
            None if kind == Kind::SignIn => format!("{{secret.{name}}}"),
            None if kind.is_about_an_image() || kind == Kind::Collect => format!("{{image.{name}}}"),
            None => format!("{{gallery.{name}}}"),
        };
        self.0.entry(name).or_default().extend(from);
    }

    fn of(&self, text: &Text) -> BTreeSet<String> {
        text.names().filter_map(|name| self.0.get(&name.to_string())).flatten().cloned().collect()
    }
}

/// Where the step's request goes; to any of them where an answer says it.
fn asked(step: &Step, origins: &BTreeSet<String>) -> BTreeSet<String> {
    match step.request.as_ref().and_then(|request| request.url.names().next()) {
        None => BTreeSet::new(),
        Some(Reference::Origin(name)) => BTreeSet::from([name.clone()]),
        Some(_) => origins.clone(),
    }
}

#[cfg(test)]
mod tests {
    use crate::hosts::Definition;

    /// The flows of a host with the origins `a` and `b` and these steps, as `ab` for one from a to b.
    fn flows(steps: &str) -> String {
        let text = format!(
            "[host]\nid = 'x'\nname = 'X'\n[secrets]\ntoken = {{ label = 'T', given = true }}\n\
             [origins]\na = 'http://127.0.0.1:1'\nb = 'https://b.example'\n{steps}"
        );
        let definition = Definition::parse(&text).unwrap_or_else(|words| panic!("{words}\n{text}"));
        definition.flows.iter().map(|flow| format!("{}{}", flow.from, flow.to)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn whatever_carries_it_is_found() {
        const SEND: &str = "multipart = { f = '{file}' }\nextract = { link = 'body' }\n";
        let upload = |url: &str, more: &str| format!("[[upload]]\nmethod = 'POST'\nurl = '{url}'\n{more}\n{SEND}");
        let open = "[[open]]\nmethod = 'GET'\nurl = '{origin.a}/meta'\nextract = { found = 'body' }\n";
        let plain = upload("{origin.b}/up", "");
        for (steps, expected) in [
            (plain.clone(), ""),
            (format!("{open}{plain}"), ""),
            (format!("{open}{}", upload("{origin.a}/up", "query = { x = '{gallery.found}' }")), ""),
            (format!("{open}{}", upload("{origin.b}/up", "query = { x = '{gallery.found}' }")), "ab"),
            (format!("{open}{}", upload("{origin.b}/up/{gallery.found}", "")), "ab"),
            (format!("{open}{}", upload("{origin.b}/up", "headers = { X-A = 'v{gallery.found}' }")), "ab"),
            (
                format!(
                    "{open}{}",
                    upload("{origin.b}/up", "set = { y = '{gallery.found}' }\nquery = { x = '{image.y}' }")
                ),
                "ab",
            ),
            (
                format!(
                    "{open}{plain}[[close]]\nmethod = 'POST'\nurl = '{{origin.b}}/'\njson = {{ a = ['{{gallery.found}}'] }}\n"
                ),
                "ab",
            ),
            (
                format!(
                    "[[sign_in]]\nmethod = 'GET'\nurl = '{{origin.a}}/'\nextract = {{ token = 'body' }}\n{}",
                    upload("{origin.b}/up", "headers = { A = '{secret.token}' }")
                ),
                "ab",
            ),
            (
                format!(
                    "{}[[check]]\nmethod = 'GET'\nurl = '{{origin.b}}/'\nquery = {{ x = '{{image.link}}' }}\n",
                    upload("{origin.a}/up", "")
                ),
                "ab",
            ),
            (format!("{open}{}", upload("{gallery.found}", "")), "ab"),
        ] {
            assert_eq!(flows(&steps), expected, "{steps}");
        }
    }
}

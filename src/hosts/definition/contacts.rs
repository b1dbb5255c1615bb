//! Whom a definition contacts: as it is written, as the person has set it, and what should be known of that before.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Url;

use super::{Also, Definition, Flow, Origin, origin_url};
use crate::core::{HostOption, Takes};
use crate::hosts::reach::Reach;
use crate::hosts::storage::configured;

/// Places that may be contacted: `https://api.example.org`, `https://*.example.org`, `ftp://192.0.2.1:21`.
pub(in crate::hosts) type Origins = BTreeSet<String>;

/// The option by which a person allows what [`Definition::check_flows`] refuses.
const SEND_PRIVATE: &str = "send_private_values";

/// The option for a definition with `flows`.
pub(super) fn option(flows: &BTreeSet<Flow>) -> Option<HostOption> {
    (!flows.is_empty()).then(|| HostOption {
        key: SEND_PRIVATE.to_owned(),
        label: "What it reads on this computer or in your network may be sent to public places".to_owned(),
        takes: Takes::Switch,
        default: "false".to_owned(),
    })
}

impl Definition {
    /// The places that are contacted, as they are unless the person says otherwise; of storage also where in it.
    #[must_use]
    pub fn places(&self) -> Vec<(String, String)> {
        if let Some(storage) = &self.storage {
            return configured::places(storage);
        }
        let place = |(name, origin): (&String, &Origin)| {
            let urls = urls(origin).collect::<Vec<_>>().join(", ");
            (name.clone(), if urls.is_empty() { "(to be set)".to_owned() } else { urls })
        };
        self.origins.iter().map(place).collect()
    }

    /// What a person should know of its places before it is used, a sentence each.
    #[must_use]
    pub fn cautions(&self) -> Vec<String> {
        let of_place = |(name, place): (String, String)| {
            let reach = place.split(", ").map(reach).find(|reach| *reach != Reach::Public)?;
            Some(format!("{place} ({name}) {}", reach.caution()?))
        };
        let mut cautions: Vec<_> = self.places().into_iter().filter_map(of_place).collect();
        cautions.extend(self.refused_flow(&self.origins(&BTreeMap::new())).map(|words| {
            format!(
                "{words}; BBDrop refuses that unless you allow it: `bbdrop hosts set {} {SEND_PRIVATE} true`",
                self.facts.id
            )
        }));
        cautions
    }

    /// Where its origins are, with what the person has set.
    pub(in crate::hosts) fn origins(&self, set: &BTreeMap<String, String>) -> BTreeMap<String, Url> {
        let mut origins = BTreeMap::new();
        for (name, origin) in &self.origins {
            let elsewhere = set.get(&format!("origins.{name}")).and_then(|text| origin_url(text));
            origins.extend(elsewhere.or_else(|| origin.url.clone()).map(|url| (name.clone(), url)));
        }
        origins
    }

    /// Everything that it may contact, with what the person has set.
    pub(in crate::hosts) fn contacts(&self, set: &BTreeMap<String, String>) -> Origins {
        if let Some(storage) = &self.storage {
            return configured::contact(storage, set).into_iter().collect();
        }
        let origins = self.origins(set);
        let own = origins.values().map(|url| url.origin().ascii_serialization());
        own.chain(self.others(&origins).map(ToString::to_string)).collect()
    }

    /// The further hosts that answers may name. What the person has set stands for all of its origin.
    pub(in crate::hosts) fn others(&self, origins: &BTreeMap<String, Url>) -> impl Iterator<Item = &Also> {
        let as_written = self.origins.iter().filter(|(name, origin)| origin.url.as_ref() == origins.get(*name));
        as_written.flat_map(|(_, origin)| &origin.also)
    }

    /// # Errors
    /// When what is read at a place that is not public would be sent to one that is, and the person has not allowed that.
    pub(in crate::hosts) fn check_flows(&self, set: &BTreeMap<String, String>) -> Result<(), String> {
        if set.get(SEND_PRIVATE).is_some_and(|value| value == "true") {
            return Ok(());
        }
        self.refused_flow(&self.origins(set)).map_or(Ok(()), |words| {
            let id = &self.facts.id;
            Err(format!(
                "{words}; nothing was asked or sent. If you want that: `bbdrop hosts set {id} {SEND_PRIVATE} true`"
            ))
        })
    }

    fn refused_flow(&self, origins: &BTreeMap<String, Url>) -> Option<String> {
        let places = |name: &String| {
            let url = origins.get(name).map(|url| url.as_str().trim_end_matches('/').to_owned());
            let also = self.origins.get(name).filter(|origin| origin.url.as_ref() == origins.get(name));
            url.into_iter().chain(also.into_iter().flat_map(|origin| origin.also.iter().map(ToString::to_string)))
        };
        self.flows.iter().find_map(|flow| {
            let from = places(&flow.from).find(|place| reach(place) != Reach::Public)?;
            let to = places(&flow.to).find(|place| reach(place) == Reach::Public)?;
            Some(format!("what it reads from {from}, which {}, it sends to {to}", reach(&from).caution()?))
        })
    }
}

fn urls(origin: &Origin) -> impl Iterator<Item = String> {
    let url = origin.url.iter().map(|url| url.as_str().trim_end_matches('/').to_owned());
    url.chain(origin.also.iter().map(ToString::to_string))
}

/// Of a place as it is shown; what has no address is not special.
fn reach(place: &str) -> Reach {
    let Some((_, rest)) = place.split_once("://").filter(|(scheme, _)| *scheme != "file") else { return Reach::Public };
    // As a URL of the web, so that every way to write an address is understood.
    let host = rest.split('/').next().unwrap_or_default().trim_start_matches("*.");
    let url = Url::parse(&format!("http://{host}"));
    url.ok().and_then(|url| url.host_str().map(Reach::of)).unwrap_or(Reach::Public)
}

//! Closing a gallery, and the links that its host names only then: each goes to the image whose name it has.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::{Place, Run};
use crate::core::{Fault, FaultKind, ImageLinks};
use crate::hosts::PageImage;
use crate::hosts::definition::Kind;
use crate::hosts::names::ascii_name;
use crate::hosts::session::Part;

/// One record of the host's list.
pub(super) struct Record {
    pub name: Option<String>,
    pub links: ImageLinks,
}

impl Run<'_> {
    /// Closes one gallery at the host. Returns the links of the images that have none yet.
    pub(super) async fn close(
        &mut self,
        part: &mut Part,
        images: &[&PageImage],
    ) -> Result<Vec<(u32, Result<ImageLinks, Fault>)>, Fault> {
        let definition = Arc::clone(&self.definition);
        let mut records = Vec::new();
        let mut is_collected = false;
        for kind in [Kind::Close, Kind::Collect] {
            for step in definition.steps(kind) {
                let read = self.step(step, &mut Place::of(part), None).await?;
                let Some(found) = read.and_then(|read| read.records) else { continue };
                is_collected = true;
                // The first list that says something counts. A record without a link that can be used is as good as none.
                if records.is_empty() {
                    let all = self.all_links(found).await?.into_iter();
                    records = all.map(|(name, links)| Record { name, links }).collect();
                }
            }
        }
        if let Some(page) = part.vars.remove("link") {
            part.link = self.page(page, "link").await?;
        }
        if !is_collected {
            return Ok(Vec::new());
        }
        let owed: Vec<_> = images.iter().filter(|image| image.links.link.is_empty()).collect();
        let names: Vec<_> = owed.iter().map(|image| image.name.as_str()).collect();
        let found = assign(&names, records);
        let missing =
            || self.fault(FaultKind::HostFault, "The host's list has no link for this image. Retry to send it again.");
        Ok(owed.iter().zip(found).map(|(image, links)| (image.position, links.ok_or_else(missing))).collect())
    }
}

/// For each name the links of its record: of those with the same name in their order. Where the list has no names, and as
/// many records as images, the order counts.
pub(super) fn assign(names: &[&str], records: Vec<Record>) -> Vec<Option<ImageLinks>> {
    if records.iter().all(|record| record.name.is_none()) {
        let fits = records.len() == names.len();
        let links = records.into_iter().map(|record| Some(record.links));
        return if fits { links.collect() } else { vec![None; names.len()] };
    }
    let mut left = Left::new(records);
    let mut found: Vec<_> = names.iter().map(|name| left.take(&[name], &[])).collect();
    for (name, links) in names.iter().zip(&mut found) {
        if links.is_none() {
            // As hosts write names that they cannot take.
            let ascii = ascii_name(name);
            *links = left.take(&[&ascii], &[stem(name), stem(&ascii)]);
        }
    }
    found
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The records of a host's list that no image has yet, by their names: a list may be long and have none of the names that are looked for.
struct Left {
    links: Vec<Option<ImageLinks>>,
    /// Places in the list, in its order.
    by_name: HashMap<String, VecDeque<usize>>,
    by_stem: HashMap<String, VecDeque<usize>>,
}

impl Left {
    fn new(records: Vec<Record>) -> Self {
        let mut left = Self { links: Vec::new(), by_name: HashMap::new(), by_stem: HashMap::new() };
        for (place, record) in records.into_iter().enumerate() {
            left.links.push(Some(record.links));
            if let Some(name) = record.name {
                left.by_stem.entry(stem(&name).to_owned()).or_default().push_back(place);
                left.by_name.entry(name).or_default().push_back(place);
            }
        }
        left
    }

    /// The links of the first record of these names, or of these names before the ending.
    fn take(&mut self, names: &[&str], stems: &[&str]) -> Option<ImageLinks> {
        let Self { links, by_name, by_stem } = self;
        let first_of = |places: Option<&mut VecDeque<usize>>| {
            let places = places?;
            while let Some(place) = places.front() {
                if links.get(*place).is_some_and(Option::is_some) {
                    return Some(*place);
                }
                places.pop_front();
            }
            None
        };
        let of_names = names.iter().filter_map(|name| first_of(by_name.get_mut(*name))).min();
        let of_stems = stems.iter().filter_map(|stem| first_of(by_stem.get_mut(*stem))).min();
        let place = [of_names, of_stems].into_iter().flatten().min()?;
        links.get_mut(place).and_then(Option::take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: Option<&str>, link: &str) -> Record {
        let links = ImageLinks { link: link.to_owned(), ..ImageLinks::default() };
        Record { name: name.map(str::to_owned), links }
    }

    fn assigned(names: &[&str], records: Vec<Record>) -> String {
        let link = |links: Option<ImageLinks>| links.map_or("-".to_owned(), |links| links.link);
        assign(names, records).into_iter().map(link).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn links_go_to_the_image_of_their_name_and_then_by_order() {
        let named = |names: &[&str]| {
            names.iter().enumerate().map(|(n, name)| record(Some(name), &n.to_string())).collect::<Vec<_>>()
        };
        assert_eq!(assigned(&["a.jpg", "b.jpg"], named(&["b.jpg", "a.jpg"])), "1 0");
        assert_eq!(assigned(&["a.jpg", "a.jpg", "a.png"], named(&["a.png", "a.jpg", "a.jpg"])), "1 2 0");
        assert_eq!(assigned(&["Löwe.jpg", "b"], named(&["Lowe.jpg"])), "0 -");
        assert_eq!(assigned(&["a.jpg", "b.jpg"], vec![record(None, "x"), record(None, "y")]), "x y");
        assert_eq!(assigned(&["a.jpg", "b.jpg"], vec![record(None, "x")]), "- -");
        assert_eq!(assigned(&["a.jpg"], Vec::new()), "-");
        assert_eq!(assigned(&["b.jpg", "a.jpg"], named(&["a.png", "b.png", "a.jpg"])), "1 2");
        assert_eq!(assigned(&["a.jpg", "a.gif"], named(&["a.webp", "a.png"])), "0 1");
    }

    #[test]
    fn a_long_list_of_strange_names_is_soon_looked_through() {
        let begun = std::time::Instant::now();
        let records = (0..100_000).map(|n| record(Some(&format!("strange-{n}.jpg")), "x")).collect();
        let names: Vec<_> = (0..50_000).map(|n| format!("{n}.jpg")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert!(assign(&names, records).iter().all(Option::is_none));
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}

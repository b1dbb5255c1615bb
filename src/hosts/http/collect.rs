//! Closing a gallery, and the links that its host names only then: each goes to the image whose name it has.

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
    let mut left: Vec<Option<Record>> = records.into_iter().map(Some).collect();
    let mut take = |is_it: &dyn Fn(&str) -> bool| {
        let is_it =
            |record: &&mut Option<Record>| record.as_ref().and_then(|record| record.name.as_deref()).is_some_and(is_it);
        left.iter_mut().find(is_it).and_then(Option::take).map(|record| record.links)
    };
    let mut found: Vec<_> = names.iter().map(|name| take(&|known| known == *name)).collect();
    for (name, links) in names.iter().zip(&mut found) {
        if links.is_none() {
            // As hosts write names that they cannot take.
            let ascii = ascii_name(name);
            let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
            *links = take(&|known| known == ascii || stem(known) == stem(name) || stem(known) == stem(&ascii));
        }
    }
    found
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
    }
}

//! Short messages at the bottom right of the queue: a few at most, gone by themselves, except errors, which stay until clicked away.

use std::time::Duration;

use egui::accesskit::Role;
use egui::{Align2, Area, CollapsingHeader, Context, Id, Label, Order, Rect, ScrollArea, Sense, WidgetInfo};

use super::icons::Icon;
use super::{button, texts, theme};
use crate::core::scene::Happened;
use crate::core::{GalleryId, GalleryState};

/// How many are kept; older ones give way.
const MOST: usize = 5;
/// How long one that is no error stays, in seconds.
const STAYS_S: f64 = 6.0;

/// The messages, oldest first.
#[derive(Default)]
pub struct Toasts {
    list: Vec<Toast>,
    told: u64,
}

/// News that add up while they are on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Galleries that other launches have added.
    Added,
    /// Folders of other launches that were there already.
    Duplicates,
    /// Galleries that are complete.
    Uploaded,
}

struct Toast {
    number: u64,
    words: String,
    counted: Option<(Topic, usize)>,
    /// A click goes there.
    gallery: Option<GalleryId>,
    /// Stays until it is clicked away.
    is_error: bool,
    /// Looks like something that went wrong.
    is_bad: bool,
    /// When it was first on screen, in seconds of the window's clock.
    shown_at: Option<f64>,
}

impl Toasts {
    /// Adds one. The same words again only renew the one that is there.
    pub fn tell(&mut self, words: String, is_error: bool) {
        self.list.retain(|toast| toast.words != words);
        self.push(words, is_error, None, None);
    }

    /// Takes away what begins with these words: it is over.
    pub fn withdraw(&mut self, begin: &str) {
        self.list.retain(|toast| !toast.words.starts_with(begin));
    }

    /// A gallery has come to an end, well or not; other changes are seen on its row.
    pub fn ended(&mut self, happened: &Happened) {
        use GalleryState::{Completed, Failed, Incomplete, Missing};
        if !matches!(happened.state, Completed | Failed | Incomplete | Missing) {
            return;
        }
        if happened.state == Completed && self.counted(Topic::Uploaded) > 0 {
            // Many small galleries would cover the queue.
            return self.count(Topic::Uploaded, 1, texts::several_uploaded);
        }
        let words = texts::ended(&happened.name, happened.state, &happened.reason);
        self.list.retain(|toast| toast.words != words);
        let counted = (happened.state == Completed).then_some((Topic::Uploaded, 1));
        self.push(words, false, counted, Some((happened.gallery, happened.state != Completed)));
    }

    /// Adds `more` to what is shown of `topic`, in the words for the sum.
    pub fn count(&mut self, topic: Topic, more: usize, words: impl Fn(usize) -> String) {
        let sum = more.saturating_add(self.counted(topic));
        self.list.retain(|toast| toast.counted.is_none_or(|counted| counted.0 != topic));
        self.push(words(sum), false, Some((topic, sum)), None);
    }

    /// How much of `topic` is on screen.
    fn counted(&self, topic: Topic) -> usize {
        let shown = self.list.iter().filter_map(|toast| toast.counted).find(|counted| counted.0 == topic);
        shown.map_or(0, |(_, count)| count)
    }

    fn push(
        &mut self,
        words: String,
        is_error: bool,
        counted: Option<(Topic, usize)>,
        gallery: Option<(GalleryId, bool)>,
    ) {
        self.told += 1;
        let (gallery, is_bad) = gallery.map_or((None, is_error), |(id, is_bad)| (Some(id), is_bad));
        self.list.push(Toast { number: self.told, words, counted, gallery, is_error, is_bad, shown_at: None });
        if self.list.len() > MOST {
            let oldest = self.list.iter().position(|toast| !toast.is_error).unwrap_or(0);
            self.list.remove(oldest);
        }
    }

    /// Draws them over `queue`, where they cover no caption; says which gallery was clicked.
    pub fn show(&mut self, ctx: &Context, queue: Rect) -> Option<GalleryId> {
        let now = ctx.input(|input| input.time);
        for toast in &mut self.list {
            toast.shown_at.get_or_insert(now);
        }
        self.list.retain(|toast| toast.is_error || toast.left(now) > 0.0);
        if self.list.is_empty() {
            return None;
        }
        let next = self.list.iter().filter(|toast| !toast.is_error).map(|toast| toast.left(now)).reduce(f64::min);
        if let Some(next) = next {
            ctx.request_repaint_after(Duration::from_secs_f64(next + 0.05));
        }
        let (mut dismissed, mut went) = (None, None);
        Area::new(Id::unique("toasts"))
            .order(Order::Foreground)
            .pivot(Align2::RIGHT_BOTTOM)
            .fixed_pos(queue.right_bottom() - theme::TOAST_AROUND)
            .constrain_to(ctx.content_rect())
            .show(ctx, |ui| {
                ui.vertical(|ui| {
                    for toast in &self.list {
                        ui.push_id(toast.number, |ui| {
                            let (put_away, clicked) = toast.show(ui);
                            if put_away || clicked {
                                dismissed = Some(toast.number);
                            }
                            if clicked {
                                went = toast.gallery;
                            }
                        });
                    }
                });
            });
        self.list.retain(|toast| Some(toast.number) != dismissed);
        went
    }
}

impl Toast {
    /// Seconds until it goes.
    fn left(&self, now: f64) -> f64 {
        self.shown_at.map_or(STAYS_S, |at| at + STAYS_S - now)
    }

    /// Draws it; says whether it was put away, and whether its words were clicked.
    fn show(&self, ui: &mut egui::Ui) -> (bool, bool) {
        let palette = theme::palette(ui);
        let (icon, color) =
            if self.is_bad { (Icon::Warning, palette.ink.error) } else { (Icon::Info, palette.ink.info) };
        let (mut put_away, mut clicked) = (false, false);
        palette.raised(color).show(ui, |ui| {
            ui.set_width(theme::TOAST_WIDTH);
            ui.horizontal_top(|ui| {
                icon.show(ui, color);
                let words = egui::vec2(theme::TOAST_WIDTH - 4.0 * theme::ROW_HEIGHT, 0.0);
                ui.allocate_ui(words, |ui| {
                    let sense = if self.gallery.is_some() { Sense::click() } else { Sense::hover() };
                    let lead = texts::lead(&self.words);
                    let shown = lead.as_ref().unwrap_or(&self.words);
                    clicked = ui.add(Label::new(shown).wrap().sense(sense)).clicked();
                    if lead.is_some() {
                        self.whole(ui);
                    }
                });
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
                    put_away = button::dismiss(ui).clicked();
                    if self.is_error && button::small(ui, Icon::Copy, texts::COPY_MESSAGE).clicked() {
                        ui.ctx().copy_text(self.words.clone());
                    }
                });
            });
        });
        (put_away, clicked)
    }

    /// All of it, for whoever wants to know.
    fn whole(&self, ui: &mut egui::Ui) {
        let fold = CollapsingHeader::new(texts::TOAST_DETAILS).id_salt("whole").show(ui, |ui| {
            ScrollArea::vertical().max_height(theme::TOAST_WHOLE_HEIGHT).show(ui, |ui| {
                ui.add(Label::new(&self.words).wrap().selectable(true));
            });
        });
        // There is a panel of that name.
        let name = || WidgetInfo::labeled(Role::DisclosureTriangle, true, texts::TOAST_DETAILS_NAME);
        button::ring(ui, fold.header_response).widget_info(name);
    }
}

#[cfg(test)]
mod tests {
    use super::{GalleryId, GalleryState, Happened, MOST, Toasts, Topic};

    #[test]
    fn the_list_is_bounded_and_errors_outlive_news() {
        let mut toasts = Toasts::default();
        toasts.tell("disk full".to_owned(), true);
        for number in 0..50 {
            toasts.tell(format!("finished {number}"), false);
        }
        assert_eq!(toasts.list.len(), MOST);
        assert!(toasts.list.iter().any(|toast| toast.words == "disk full"));
    }

    #[test]
    fn many_good_ends_are_one_piece_of_news_and_each_bad_one_its_own() {
        let mut toasts = Toasts::default();
        let ended = |id: i64, state| Happened {
            number: 0,
            at: 0,
            gallery: GalleryId(id),
            name: format!("trip {id}"),
            state,
            reason: "The host is full.".into(),
        };
        toasts.ended(&ended(1, GalleryState::Completed));
        let words = |toasts: &Toasts| toasts.list.iter().map(|toast| toast.words.clone()).collect::<Vec<_>>();
        assert_eq!(words(&toasts), ["“trip 1” is uploaded."]);
        toasts.ended(&ended(2, GalleryState::Failed));
        for id in 3..9 {
            toasts.ended(&ended(id, GalleryState::Completed));
        }
        assert_eq!(words(&toasts), ["“trip 2” failed. The host is full.", "7 galleries are uploaded."]);
    }

    #[test]
    fn a_burst_is_one_piece_of_news() {
        let mut toasts = Toasts::default();
        for _ in 0..3 {
            toasts.count(Topic::Added, 2, |count| format!("{count} added"));
            toasts.count(Topic::Duplicates, 1, |count| format!("{count} there"));
        }
        let words: Vec<_> = toasts.list.iter().map(|toast| toast.words.as_str()).collect();
        assert_eq!(words, ["6 added", "3 there"]);
    }
}

//! Every colour, radius, margin and text size of the window, light and dark. Panels use these tokens and nothing else.

use egui::style::{ScrollAnimation, ScrollStyle, WidgetVisuals, Widgets};
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, Ui, Vec2};

use crate::core::{GalleryState, ImageState};

/// Height of a table row, in points.
pub const ROW_HEIGHT: f32 = 24.0;
/// Height of a table header, in points.
pub const HEADER_HEIGHT: f32 = 22.0;
/// Edge of an icon, in points.
pub const ICON: f32 = 14.0;
/// Edge of the icon of an empty queue, in points.
pub const ICON_LARGE: f32 = 56.0;
/// Space between unrelated things, in points.
pub const GAP: f32 = 8.0;
/// Height of the buttons in the toolbar and in dialogs, in points.
pub const BUTTON_HEIGHT: f32 = 24.0;
/// Least width of a dialog's buttons, in points.
pub const BUTTON_WIDTH: f32 = 80.0;
/// Width of the first page, in points.
pub const WELCOME_WIDTH: f32 = 460.0;
/// Width of the list of keys, in points, and the share of it that the keys have.
pub const SHORTCUTS_WIDTH: f32 = 560.0;
pub const KEYS_SHARE: f32 = 0.28;
/// The share of a table in a dialog that each column of numbers has.
pub const NUMBERS_SHARE: f32 = 0.17;
/// Width of a dialog's text, in points.
pub const DIALOG_WIDTH: f32 = 380.0;
/// Height of an image in the details, in points.
pub const IMAGE_ROW: f32 = 56.0;
/// Width and height of its picture, in points.
pub const PICTURE: [f32; 2] = [64.0, 48.0];
/// The longer edge of its picture, in pixels: sharp at twice the size.
pub const PICTURE_PX: u32 = 128;
/// Largest size of a dialog with a list on the left, in points.
pub const DIALOG_WIDE: Vec2 = Vec2::new(820.0, 540.0);
/// Space that is left around a dialog in a small window, in points.
pub const DIALOG_AROUND: f32 = 16.0;
/// Width of the list on the left of a dialog: a share, and at most so many points.
pub const SIDE_SHARE: f32 = 0.32;
pub const SIDE_WIDTH: f32 = 230.0;
/// Width of the column of labels in a form: a share, and at most so many points.
pub const LABEL_SHARE: f32 = 0.36;
pub const LABEL_WIDTH: f32 = 190.0;
/// So far a label stands below the top of its field, in points.
pub const LABEL_DROP: f32 = 3.0;
/// Largest width of a text field, in points.
pub const FIELD_WIDTH: f32 = 320.0;
/// Width of a field for a number, in points.
pub const NUMBER_WIDTH: f32 = 70.0;
/// Width of a drop-down list in a form, in points.
pub const LIST_WIDTH: f32 = 170.0;
/// Lists in dialogs scroll when they are higher.
pub const DIALOG_LIST_HEIGHT: f32 = 420.0;
/// Width of a toast, in points.
pub const TOAST_WIDTH: f32 = 320.0;
/// Space between toasts and the edges of the queue, at the right beside its scroll bar, in points.
pub const TOAST_AROUND: Vec2 = Vec2::new(16.0, 18.0);
/// A folded message that is opened scrolls when it is higher, in points.
pub const TOAST_WHOLE_HEIGHT: f32 = 120.0;
/// Space between the edge of a table's cell and what is in it, in points.
pub const CELL_PAD: f32 = 4.0;
/// Height of the bar in the panel of the whole progress, in points.
pub const BAR_HEIGHT: f32 = 20.0;
/// Corners of progress bars, in points.
pub const RADIUS_BAR: f32 = 2.0;
/// Width of the line that shows where something would be dropped, in points.
pub const MARK_WIDTH: f32 = 2.0;
/// Height of a panel's caption, in points.
pub const CAPTION_HEIGHT: f32 = 22.0;
/// Height of the tabs above the queue, in points.
pub const TAB_HEIGHT: f32 = 26.0;
/// Space beside the words of a tab, in points.
pub const TAB_PAD: f32 = 12.0;
/// Longer names of tabs are cut, in points.
pub const TAB_WIDTH_MAX: f32 = 200.0;
/// Space between panels, in points; it can be grabbed.
pub const SPLITTER: f32 = 5.0;
/// So near to it one can grab it, in points; every control is larger.
pub const SPLITTER_GRIP: f32 = 10.0;
/// Space around the panels, in points.
pub const FRAME: f32 = 4.0;
/// Width and height of the command palette, in points.
pub const PALETTE_SIZE: [f32; 2] = [460.0, 350.0];
/// Height of a line in a list of choices, in points.
pub const LINE_HEIGHT: f32 = 20.0;
/// No panel is smaller, in points.
pub const PANEL_MIN: f32 = 60.0;
/// How a panel starts in a window of its own, in points.
pub const FLOATING_SIZE: [f32; 2] = [320.0, 240.0];
/// From this width on the filters have room beside the queue, in points.
pub const FILTERS_FROM: f32 = 1100.0;
/// From this width on there is room for more than the details at the right, in points.
pub const SIDE_FROM: f32 = 900.0;
/// From this height on there is room below the queue, in points.
pub const BELOW_FROM: f32 = 460.0;
/// Width of the search box, in points.
pub const SEARCH_WIDTH: f32 = 200.0;
/// Of an open drop-down list at most, in points.
pub const LIST_HEIGHT_MAX: f32 = 320.0;
/// Of the list of limits, in points.
pub const LIMIT_WIDTH: f32 = 110.0;
/// In less room it goes into the next line, in points.
pub const SEARCH_WIDTH_MIN: f32 = 90.0;
/// Zoom factors that are offered.
pub const ZOOM: std::ops::RangeInclusive<f32> = 0.75..=2.0;

const RADIUS: CornerRadius = CornerRadius::same(2);
const LINE: f32 = 1.0;

/// The tokens of one theme.
pub struct Palette {
    /// What things lie on.
    pub surface: Surfaces,
    /// What is written and drawn on it.
    pub ink: Inks,
    /// Progress bars.
    pub bar: Bars,
}

/// Backgrounds and lines.
pub struct Surfaces {
    pub window: Color32,
    pub panel: Color32,
    pub input: Color32,
    pub stripe: Color32,
    pub header: Color32,
    /// The lit upper edge of what is raised.
    pub light: Color32,
    pub button: Color32,
    pub hover: Color32,
    pub pressed: Color32,
    pub selection: Color32,
    pub border: Color32,
    pub grid: Color32,
    pub veil: Color32,
}

/// Text, marks and the one accent.
pub struct Inks {
    pub text: Color32,
    pub secondary: Color32,
    pub accent: Color32,
    pub success: Color32,
    pub error: Color32,
    pub warning: Color32,
    pub info: Color32,
}

/// Fills of the progress bar.
pub struct Bars {
    pub done: Color32,
    pub failed: Color32,
    pub uploading: Color32,
    pub incomplete: Color32,
    pub ready: Color32,
}

const fn hex(rgb: u32) -> Color32 {
    let [_, r, g, b] = rgb.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

/// Reads on any bar, whichever of the two is further from it.
const ON_BAR: [Color32; 2] = [Color32::WHITE, Color32::BLACK];

static DARK: Palette = Palette {
    surface: Surfaces {
        window: hex(0x001e_1e1e),
        panel: hex(0x002d_2d2d),
        input: hex(0x0024_2424),
        stripe: hex(0x0025_2525),
        header: hex(0x0033_3333),
        light: hex(0x0042_4242),
        button: hex(0x003a_3a3a),
        hover: hex(0x003f_3f3f),
        pressed: hex(0x0026_2626),
        selection: hex(0x000f_3553),
        border: hex(0x0055_5555),
        grid: hex(0x0033_3333),
        veil: Color32::from_black_alpha(120),
    },
    ink: Inks {
        text: hex(0x00e6_e6e6),
        secondary: hex(0x00aa_aaaa),
        accent: hex(0x0034_98db),
        success: hex(0x004c_af50),
        error: hex(0x00ff_8070),
        warning: hex(0x00f3_9c12),
        info: hex(0x005d_ade2),
    },
    bar: Bars {
        done: hex(0x0041_7d5b),
        failed: hex(0x00a7_1d2a),
        uploading: hex(0x001d_98de),
        incomplete: hex(0x00b8_860b),
        ready: hex(0x001c_5a7e),
    },
};

static LIGHT: Palette = Palette {
    surface: Surfaces {
        window: hex(0x00ff_ffff),
        panel: hex(0x00f5_f5f5),
        input: hex(0x00fb_fbfb),
        stripe: hex(0x00f6_f6f6),
        header: hex(0x00f0_f0f0),
        light: hex(0x00ff_ffff),
        button: hex(0x00fa_fafa),
        hover: hex(0x00e5_f0f9),
        pressed: hex(0x00dd_dddd),
        selection: hex(0x00d4_e6f4),
        border: hex(0x00c4_c4c4),
        grid: hex(0x00e4_e4e4),
        veil: Color32::from_black_alpha(70),
    },
    ink: Inks {
        text: hex(0x0033_3333),
        secondary: hex(0x005c_5c5c),
        accent: hex(0x0024_72a4),
        success: hex(0x001c_7d45),
        error: hex(0x00c0_392b),
        warning: hex(0x00b0_500a),
        info: hex(0x0024_72a4),
    },
    bar: Bars {
        done: hex(0x0085_d0a5),
        failed: hex(0x00e7_4c3c),
        uploading: hex(0x005c_ace2),
        incomplete: hex(0x00f3_9c12),
        ready: hex(0x007c_bce7),
    },
};

/// What the sign of the program is made of, in both themes.
pub struct Logo {
    pub front: Color32,
    pub foot: Color32,
    pub arrow: Color32,
    pub tray: Color32,
}

pub const LOGO: Logo =
    Logo { front: hex(0x001f_6fb5), foot: hex(0x0017_568d), arrow: Color32::WHITE, tray: hex(0x00ff_c64b) };

/// The tokens of the theme `ui` is drawn in.
pub fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// The tokens of the theme the window is in.
pub fn palette_of(ctx: &egui::Context) -> &'static Palette {
    Palette::of(ctx.theme())
}

impl Palette {
    const fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }

    /// The mark of a gallery's state.
    pub const fn state(&self, state: GalleryState) -> Color32 {
        match state {
            GalleryState::Completed => self.ink.success,
            GalleryState::Uploading | GalleryState::Scanning => self.ink.info,
            GalleryState::Failed | GalleryState::Missing => self.ink.error,
            GalleryState::Incomplete | GalleryState::Paused => self.ink.warning,
            GalleryState::Added | GalleryState::Ready | GalleryState::Queued => self.ink.secondary,
        }
    }

    /// The mark of an image's state.
    pub const fn image(&self, state: &ImageState) -> Color32 {
        match state {
            ImageState::Uploaded(_) => self.ink.success,
            ImageState::Uploading => self.ink.info,
            ImageState::Failed(_) => self.ink.error,
            ImageState::Skipped(_) => self.ink.warning,
            ImageState::Pending => self.ink.secondary,
        }
    }

    /// The fill of a gallery's progress bar.
    pub const fn bar(&self, state: GalleryState) -> Color32 {
        match state {
            GalleryState::Completed => self.bar.done,
            GalleryState::Failed | GalleryState::Missing => self.bar.failed,
            GalleryState::Incomplete | GalleryState::Paused => self.bar.incomplete,
            GalleryState::Uploading => self.bar.uploading,
            GalleryState::Added | GalleryState::Scanning | GalleryState::Ready | GalleryState::Queued => self.bar.ready,
        }
    }

    /// Text on a bar filled with `fill`.
    pub fn on_bar(fill: Color32) -> Color32 {
        let [white, black] = ON_BAR;
        if contrast(white, fill) >= contrast(black, fill) { white } else { black }
    }

    /// The line between and around things.
    pub const fn line(&self) -> Stroke {
        Stroke { width: LINE, color: self.surface.border }
    }

    /// The line around what has the keyboard.
    pub const fn focus(&self) -> Stroke {
        Stroke { width: LINE, color: self.ink.accent }
    }

    /// A strip along an edge of the window.
    pub fn strip(&self) -> egui::Frame {
        egui::Frame::NONE.fill(self.surface.panel).inner_margin(Margin::symmetric(6, 3))
    }

    /// A sunken area: tables and lists.
    pub fn well(&self) -> egui::Frame {
        egui::Frame::NONE
            .fill(self.surface.window)
            .stroke(self.line())
            .corner_radius(RADIUS)
            .inner_margin(Margin { left: 4, ..Margin::ZERO })
    }

    /// A sunken area that fills its panel, whose edge is around it.
    pub fn ground(&self) -> egui::Frame {
        egui::Frame::NONE.fill(self.surface.window)
    }

    /// A strip that says something is wrong.
    pub fn banner(&self) -> egui::Frame {
        egui::Frame::NONE
            .fill(self.surface.input)
            .stroke(Stroke { width: LINE, color: self.ink.warning })
            .corner_radius(RADIUS)
            .inner_margin(Margin::symmetric(8, 4))
            .outer_margin(Margin { left: 6, right: 6, top: 4, bottom: 2 })
    }

    /// Something above the window: a dialog, a toast.
    pub fn raised(&self, edge: Color32) -> egui::Frame {
        egui::Frame::NONE
            .fill(self.surface.panel)
            .stroke(Stroke { width: LINE, color: edge })
            .corner_radius(RADIUS)
            .inner_margin(Margin::same(10))
            .shadow(SHADOW)
    }
}

const SHADOW: Shadow = Shadow { offset: [0, 3], blur: 10, spread: 0, color: Color32::from_black_alpha(80) };

/// Gives the window its look, in both themes.
pub fn apply(ctx: &egui::Context) {
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, style(theme));
    }
}

fn style(theme: Theme) -> Style {
    let mut style = theme.default_style();
    let font = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, font(11.0)),
        (TextStyle::Body, font(13.0)),
        (TextStyle::Button, font(13.0)),
        (TextStyle::Heading, font(16.0)),
        (TextStyle::Monospace, FontId::new(12.0, FontFamily::Monospace)),
    ]
    .into();
    style.animation_time = 0.0;
    style.scroll_animation = ScrollAnimation::none();
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.6;
    style.interaction.resize_grab_radius_side = SPLITTER_GRIP / 2.0;
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(6.0, 4.0);
    spacing.button_padding = Vec2::new(8.0, 2.0);
    spacing.interact_size = Vec2::new(40.0, 22.0);
    spacing.icon_spacing = 5.0;
    spacing.menu_margin = Margin::same(3);
    spacing.menu_spacing = 1.0;
    spacing.window_margin = Margin::same(10);
    spacing.tooltip_width = 380.0;
    spacing.scroll = ScrollStyle { bar_width: 11.0, bar_inner_margin: 1.0, ..ScrollStyle::solid() };
    spacing.scroll.fade.strength = 0.0;
    paint(&mut style.visuals, Palette::of(theme));
    style
}

fn paint(visuals: &mut egui::Visuals, palette: &Palette) {
    let Palette { surface, ink, .. } = palette;
    let widget = |fill: Color32, edge: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(LINE, edge),
        corner_radius: RADIUS,
        fg_stroke: Stroke::new(LINE, ink.text),
        expansion: 0.0,
    };
    visuals.widgets = Widgets {
        noninteractive: widget(surface.panel, surface.border),
        // `bg_fill` is the handle of a scroll bar, `weak_bg_fill` the face of a button.
        inactive: WidgetVisuals { bg_fill: surface.border, ..widget(surface.button, surface.border) },
        hovered: widget(surface.hover, ink.accent),
        active: widget(surface.pressed, ink.accent),
        open: widget(surface.pressed, surface.border),
    };
    visuals.weak_text_color = Some(ink.secondary);
    visuals.selection.bg_fill = surface.selection;
    visuals.selection.stroke = Stroke::new(LINE, ink.text);
    visuals.hyperlink_color = ink.info;
    visuals.faint_bg_color = surface.stripe;
    // The groove of a scroll bar.
    visuals.extreme_bg_color = surface.pressed;
    visuals.text_edit_bg_color = Some(surface.input);
    visuals.code_bg_color = surface.input;
    visuals.warn_fg_color = ink.warning;
    visuals.error_fg_color = ink.error;
    visuals.window_fill = surface.panel;
    visuals.window_stroke = palette.line();
    visuals.panel_fill = surface.panel;
    visuals.window_corner_radius = RADIUS;
    visuals.menu_corner_radius = RADIUS;
    visuals.window_shadow = SHADOW;
    visuals.popup_shadow = SHADOW;
    visuals.striped = true;
}

/// Contrast of two opaque colours, from 1 to 21 (WCAG 2.2, "contrast ratio").
fn contrast(a: Color32, b: Color32) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: Color32) -> f32 {
    let linear = egui::Rgba::from(color);
    0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
}

#[cfg(test)]
mod tests {
    use super::{DARK, LIGHT, Palette, contrast};
    use crate::core::GalleryState;

    #[test]
    fn text_can_be_read_on_everything_it_lies_on() {
        for (theme, palette) in [("dark", &DARK), ("light", &LIGHT)] {
            let Palette { surface, ink, .. } = palette;
            let grounds = [
                ("window", surface.window),
                ("panel", surface.panel),
                ("input", surface.input),
                ("stripe", surface.stripe),
                ("header", surface.header),
                ("button", surface.button),
                ("hover", surface.hover),
                ("pressed", surface.pressed),
                ("selection", surface.selection),
            ];
            for (ground, below) in grounds {
                for (name, color) in [("text", ink.text), ("secondary", ink.secondary)] {
                    let ratio = contrast(color, below);
                    assert!(ratio >= 4.5, "{theme}: {name} on {ground} has {ratio:.2}");
                }
            }
            for (ground, below) in [("window", surface.window), ("panel", surface.panel), ("input", surface.input)] {
                for (name, color) in
                    [("success", ink.success), ("error", ink.error), ("warning", ink.warning), ("info", ink.info)]
                {
                    let ratio = contrast(color, below);
                    assert!(ratio >= 4.5, "{theme}: {name} on {ground} has {ratio:.2}");
                }
            }
        }
    }

    #[test]
    fn the_percentage_can_be_read_on_every_bar() {
        for palette in [&DARK, &LIGHT] {
            for state in GalleryState::ALL {
                let fill = palette.bar(state);
                let ratio = contrast(Palette::on_bar(fill), fill);
                assert!(ratio >= 4.5, "{state:?} has {ratio:.2}");
            }
        }
    }

    #[test]
    fn marks_and_the_focus_can_be_seen_wherever_they_are() {
        for (theme, palette) in [("dark", &DARK), ("light", &LIGHT)] {
            let Palette { surface, ink, .. } = palette;
            let grounds = [
                ("window", surface.window),
                ("panel", surface.panel),
                ("stripe", surface.stripe),
                ("header", surface.header),
                ("button", surface.button),
                ("hover", surface.hover),
                ("pressed", surface.pressed),
                ("selection", surface.selection),
            ];
            let marks = [
                ("accent", ink.accent),
                ("success", ink.success),
                ("error", ink.error),
                ("warning", ink.warning),
                ("info", ink.info),
            ];
            for (ground, below) in grounds {
                for (name, color) in marks {
                    let ratio = contrast(color, below);
                    assert!(ratio >= 3.0, "{theme}: {name} on {ground} has {ratio:.2}");
                }
            }
        }
    }

    #[test]
    fn marks_can_be_seen_on_a_selected_row() {
        for palette in [&DARK, &LIGHT] {
            for state in GalleryState::ALL {
                let ratio = contrast(palette.state(state), palette.surface.selection);
                assert!(ratio >= 3.0, "{state:?} has {ratio:.2}");
            }
        }
    }
}

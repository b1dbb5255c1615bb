//! A template as text that parses to the same template.

use std::fmt;

use super::tree::{Each, If, Piece, Template};

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(title) = &self.title {
            f.write_str("#POSTTITLE: ")?;
            pieces(f, title)?;
            f.write_str("\n")?;
        }
        f.write_str(&self.settings.lines())?;
        pieces(f, &self.body)
    }
}

fn pieces(f: &mut fmt::Formatter<'_>, pieces: &[Piece]) -> fmt::Result {
    pieces.iter().try_for_each(|piece| self::piece(f, piece))
}

fn piece(f: &mut fmt::Formatter<'_>, piece: &Piece) -> fmt::Result {
    match piece {
        Piece::Text(text) => f.write_str(&text.replace('#', "##")),
        Piece::Verbatim(written) => f.write_str(written),
        Piece::Value(value) => {
            write!(f, "#{}", value.entry.name)?;
            value.filters.iter().try_for_each(|filter| write!(f, "|{filter}"))?;
            f.write_str("#")
        }
        Piece::If(block) => {
            let If { condition, then, otherwise } = &**block;
            write!(f, "[if {condition}]")?;
            pieces(f, then)?;
            if let Some(otherwise) = otherwise {
                f.write_str("[else]")?;
                pieces(f, otherwise)?;
            }
            f.write_str("[/if]")
        }
        Piece::Each(block) => {
            let Each { list, per_row, body } = &**block;
            match per_row {
                Some(count) => write!(f, "[each {} {count}]", list.name())?,
                None => write!(f, "[each {}]", list.name())?,
            }
            pieces(f, body)?;
            f.write_str("[/each]")
        }
        Piece::Separator(inside) => {
            f.write_str("[sep]")?;
            pieces(f, inside)?;
            f.write_str("[/sep]")
        }
    }
}

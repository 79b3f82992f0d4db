//! Aligned columns for people. Widths come from the first page, so that later pages need not be waited for.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Longer values are cut: other formats show them whole.
const WIDEST: usize = 60;

pub(super) fn widths(names: &[String], lines: &[Vec<String>]) -> Vec<usize> {
    let mut widths: Vec<usize> = names.iter().map(|name| name.width()).collect();
    for line in lines {
        widths.resize(line.len().max(widths.len()), 0);
        for (width, text) in widths.iter_mut().zip(line) {
            *width = (*width).max(text.width().min(WIDEST));
        }
    }
    widths
}

pub(super) fn write_line<W: Write>(out: &mut W, widths: &[usize], line: &[String]) -> io::Result<()> {
    let mut whole = String::new();
    for (text, width) in line.iter().zip(widths) {
        let shown = shown(text, (*width).max(1));
        let padding = width.saturating_sub(shown.width()) + 2;
        whole.push_str(&shown);
        whole.extend(std::iter::repeat_n(' ', padding));
    }
    writeln!(out, "{}", whole.trim_end())
}

/// At most `width` wide, on one line, and without what would steer a terminal.
fn shown(text: &str, width: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.width() <= width {
        return clean;
    }
    let mut cut = String::new();
    let mut used = 1;
    for c in clean.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

//! Aligned columns for people. Widths come from the first page, so that later pages need not be waited for.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Longer values are cut: other formats show them whole.
const WIDEST: usize = 60;

pub(super) fn widths(names: &[String], lines: &[Vec<String>]) -> Vec<usize> {
    let mut widths: Vec<usize> = names.iter().map(|name| name.width()).collect();
    widen(&mut widths, lines, WIDEST);
    widths
}

/// Of lines whose values are shown whole.
pub(super) fn whole_widths(lines: &[Vec<String>]) -> Vec<usize> {
    let mut widths = vec![0; lines.first().map_or(0, Vec::len)];
    widen(&mut widths, lines, usize::MAX);
    widths
}

fn widen(widths: &mut [usize], lines: &[Vec<String>], widest: usize) {
    for line in lines {
        for (width, text) in widths.iter_mut().zip(line) {
            *width = (*width).max(text.width().min(widest));
        }
    }
}

pub(super) fn write_line<W: Write>(out: &mut W, widths: &[usize], line: &[String]) -> io::Result<()> {
    let mut whole = String::new();
    let last = line.len().saturating_sub(1);
    for (index, (text, width)) in line.iter().zip(widths).enumerate() {
        let shown = shown(text, (*width).max(1));
        // Nothing follows the last column, which may be very wide.
        let padding = if index == last { 0 } else { width.saturating_sub(shown.width()) + 2 };
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

//! What a copy is called: names of attachments hold anything, names of files here do not.

use servicenow::{Attachment, SysId};

/// The longest part that comes from the attachment's own name.
const MOST: usize = 100;

/// As `0123…-report.pdf`; none for an attachment whose sys_id is none.
pub(super) fn of(attachment: &Attachment) -> Option<String> {
    let sys_id: SysId = attachment.sys_id.parse().ok()?;
    Some(format!("{sys_id}-{}", safe(&attachment.file_name)))
}

/// Keeps the end of a long name, which says what it is.
fn safe(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let plain: String = name.chars().map(plain).collect();
    plain[plain.len().saturating_sub(MOST)..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere() {
        for (name, expected) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("Größe 1.txt", "Gr__e_1.txt"),
            ("a\u{0}b\nc", "a_b_c"),
            ("C:\\x", "C__x"),
            ("", ""),
        ] {
            assert_eq!(safe(name), expected);
        }
        assert_eq!(safe(&format!("{}.txt", "x".repeat(300))).len(), MOST);
    }
}

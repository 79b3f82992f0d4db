//! The catalogue of field types: the rows of `sys_glide_object`.

/// A field type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldType {
    /// `glide_date_time`
    pub(super) name: &'static str,
    /// `datetime`
    pub(super) scalar: &'static str,
    /// Characters, where the dictionary does not say.
    pub(super) length: u32,
    /// `Date/Time`
    pub(super) label: &'static str,
}

const CATALOGUE: &str = include_str!("types.txt");

/// Every type, in the file's order.
pub(super) fn all() -> impl Iterator<Item = FieldType> {
    CATALOGUE.lines().filter(|line| !line.starts_with('#')).map(parse)
}

/// The type of that name.
pub(super) fn find(name: &str) -> Option<FieldType> {
    all().find(|one| one.name == name)
}

fn parse(line: &'static str) -> FieldType {
    let mut words = line.splitn(4, ' ');
    let mut word = || words.next().expect("a line of types.txt has four parts");
    FieldType {
        name: word(),
        scalar: word(),
        length: word().parse().expect("the third part is a number"),
        label: word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_type() {
        let names: Vec<_> = all().map(|one| one.name).collect();
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(names.len(), unique.len());
        assert!(names.len() > 120, "{}", names.len());
        assert_eq!(find("glide_duration").map(|one| one.scalar), Some("datetime"));
        assert_eq!(find("nonsense"), None);
    }
}

//! From the name of a field type to what it means, and from that to how it is stored.

use super::Kind;

/// How a column lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StorageClass {
    /// INTEGER.
    Integer,
    /// REAL.
    Real,
    /// TEXT, compared without case.
    Text,
    /// No physical column: journals.
    None,
}

impl Kind {
    /// What the dictionary's `internal_type` means; a type without a rule of its own is text.
    pub fn of(internal_type: &str) -> Kind {
        match internal_type {
            "boolean" => Kind::Boolean,
            "integer"
            | "int"
            | "long"
            | "longint"
            | "order_index"
            | "auto_increment"
            | "repeat_count"
            | "schedule_interval_count"
            | "day_of_week"
            | "month_of_year"
            | "week_of_month"
            | "integer_date"
            | "integer_time" => Kind::Integer,
            "decimal" | "float" | "percent_complete" | "metric_absolute" | "metric_counter"
            | "metric_derive" | "metric_gauge" => Kind::Decimal,
            "currency" | "currency2" | "price" => Kind::Currency,
            "glide_date_time" | "datetime" | "due_date" | "calendar_date_time" | "insert_timestamp"
            | "glide_precise_time" => Kind::DateTime,
            "glide_date" | "date" => Kind::Date,
            "glide_time" | "time" | "glide_utc_time" => Kind::Time,
            "glide_duration" | "timer" => Kind::Duration,
            "reference" | "domain_id" => Kind::Reference,
            "glide_list" | "slushbucket" => Kind::List,
            "journal" | "journal_input" => Kind::Journal,
            "journal_list" => Kind::JournalList,
            "sys_class_name" | "table_name" => Kind::ClassName,
            "GUID" => Kind::Guid,
            "document_id" => Kind::DocumentId,
            "password" | "password2" => Kind::Password,
            _ => Kind::Text,
        }
    }

    pub(crate) fn collation(self) -> Collation {
        match self {
            Kind::DateTime | Kind::Date | Kind::Time | Kind::Duration => Collation::Binary,
            Kind::Reference | Kind::DocumentId | Kind::Guid | Kind::ClassName => Collation::NoCase,
            _ => Collation::NoCaseUnicode,
        }
    }

    pub(crate) fn storage(self) -> StorageClass {
        match self {
            Kind::Boolean | Kind::Integer => StorageClass::Integer,
            Kind::Decimal | Kind::Currency => StorageClass::Real,
            Kind::Journal | Kind::JournalList => StorageClass::None,
            _ => StorageClass::Text,
        }
    }
}

/// How the texts of a physical column compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collation {
    /// By their bytes: moments and durations, whose digits sort as they read.
    Binary,
    /// Without the case of ASCII letters: sys_ids and table names. As the sys_id of every table compares in this way,
    /// a reference and what it refers to can be joined through an index from either side.
    NoCase,
    /// Without case: anything people write.
    NoCaseUnicode,
}

impl Collation {
    /// For a column that several classes share: theirs if they agree.
    pub(super) fn and(self, other: Collation) -> Collation {
        if self == other { self } else { Collation::NoCaseUnicode }
    }

    fn name(self) -> &'static str {
        match self {
            Collation::Binary => "BINARY",
            Collation::NoCase => "NOCASE",
            Collation::NoCaseUnicode => "NOCASE_UNICODE",
        }
    }
}

impl StorageClass {
    /// The column's declaration after its name; none for a journal.
    pub(super) fn declaration(self, collation: Collation) -> Option<String> {
        match self {
            StorageClass::Integer => Some("INTEGER".to_owned()),
            StorageClass::Real => Some("REAL".to_owned()),
            StorageClass::Text => Some(format!("TEXT COLLATE {}", collation.name())),
            StorageClass::None => None,
        }
    }

    /// Whether a physical column declared `declared` holds values of this class.
    pub(super) fn fits(self, declared: &str) -> bool {
        match self {
            StorageClass::Integer => declared == "INTEGER",
            StorageClass::Real => declared == "REAL",
            StorageClass::Text => declared == "TEXT",
            StorageClass::None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_follows_the_type() {
        for (name, class) in [
            ("boolean", StorageClass::Integer),
            ("integer", StorageClass::Integer),
            ("price", StorageClass::Real),
            ("glide_duration", StorageClass::Text),
            ("journal_input", StorageClass::None),
            ("no such type", StorageClass::Text),
        ] {
            assert_eq!(Kind::of(name).storage(), class, "{name}");
        }
        assert!(StorageClass::Text.fits("TEXT"));
        assert!(!StorageClass::Integer.fits("TEXT"));
    }
}

//! What the dictionary's types become.

use std::sync::Arc;

use arrow_schema::{DataType, TimeUnit};
use servicenow::{ChoiceMode, ColumnInfo};

/// Whether columns are typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Types {
    /// As the dictionary says.
    #[default]
    Typed,
    /// All text, as it came.
    String,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// Whole numbers.
    Integer,
    /// Numbers with up to [`Kind::SCALE`] digits after the point, exactly.
    Decimal,
    /// Numbers as near as 64 bits get.
    Float,
    /// Moments, in UTC, to the microsecond.
    Timestamp,
    /// Days.
    Date,
    /// Spans of time, to the microsecond.
    Duration,
    /// Text with few different values: choices and classes.
    Label,
    /// Text.
    Text,
}

impl Kind {
    /// Digits of a decimal number.
    pub const PRECISION: u8 = 38;
    /// Those of them after the point.
    pub const SCALE: i8 = 9;

    /// Of stored values.
    pub(super) fn of_value(info: Option<&ColumnInfo>, types: Types) -> Self {
        let Some(info) = info.filter(|_| types == Types::Typed) else { return Self::Text };
        match info.internal_type.as_str() {
            "boolean" => Self::Boolean,
            "integer" | "int" | "long" | "longint" | "order_index" | "auto_increment" | "repeat_count" => {
                Self::Integer
            }
            "decimal" | "currency" | "price" | "percent_complete" => Self::Decimal,
            "float" => Self::Float,
            "glide_date_time" | "datetime" | "due_date" | "calendar_date_time" | "insert_timestamp"
            | "glide_precise_time" => Self::Timestamp,
            "glide_date" | "date" => Self::Date,
            "glide_duration" | "timer" => Self::Duration,
            "sys_class_name" | "table_name" | "choice" => Self::Label,
            _ if info.choice_mode != ChoiceMode::None => Self::Label,
            _ => Self::Text,
        }
    }

    /// Of what a person sees: labels of choices are few, whatever is stored.
    pub(super) fn of_display(info: Option<&ColumnInfo>, types: Types) -> Self {
        let Some(info) = info.filter(|_| types == Types::Typed) else { return Self::Text };
        let few =
            matches!(info.internal_type.as_str(), "boolean" | "sys_class_name" | "table_name" | "choice");
        if few || info.choice_mode != ChoiceMode::None { Self::Label } else { Self::Text }
    }

    /// In Arrow.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Decimal => DataType::Decimal128(Self::PRECISION, Self::SCALE),
            Self::Float => DataType::Float64,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
            Self::Date => DataType::Date32,
            Self::Duration => DataType::Duration(TimeUnit::Microsecond),
            Self::Label => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::Text => DataType::Utf8,
        }
    }
}

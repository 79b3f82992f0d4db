//! What every kind of work has in common.

use super::dice::Dice;
use super::row::Row;
use super::series::Series;

/// (impact, urgency) → priority.
pub(super) fn priority(impact: i64, urgency: i64) -> i64 {
    (impact + urgency - 1).clamp(1, 5)
}

/// The columns with the same meaning in every class.
pub(super) fn base(row: &mut Row, class: &'static str, series: &Series, index: u64) {
    let number = series.number(index);
    row.word("sys_class_name", class);
    row.text("task_effective_number", number.clone());
    row.text("number", number);
    row.word("approval", "not requested");
    row.number("escalation", 0);
    row.flag("knowledge", false);
    row.word("upon_approval", "proceed");
    row.word("upon_reject", "cancel");
    row.domain();
}

/// Impact, urgency and the priority that follows.
pub(super) fn grade(row: &mut Row, impact: i64, urgency: i64) {
    row.number("impact", impact);
    row.number("urgency", urgency);
    row.number("priority", priority(impact, urgency));
}

/// Impact and urgency as they are found.
pub(super) fn impact_and_urgency(dice: &mut Dice) -> (i64, i64) {
    let impact = dice.weighted(&[(5, 1), (25, 2), (70, 3)]);
    let urgency = dice.weighted(&[(8, 1), (30, 2), (62, 3)]);
    (impact, urgency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_follows_the_matrix() {
        let matrix = [
            (1, 1, 1),
            (1, 2, 2),
            (1, 3, 3),
            (2, 1, 2),
            (2, 2, 3),
            (2, 3, 4),
            (3, 1, 3),
            (3, 2, 4),
            (3, 3, 5),
        ];
        for (impact, urgency, expected) in matrix {
            assert_eq!(priority(impact, urgency), expected);
        }
    }
}

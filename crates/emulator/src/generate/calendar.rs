//! When work arrives and how long it lasts in business hours.

use super::dice::Dice;

pub(super) const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// A Monday, 00:00 UTC.
const MONDAY: i64 = 4 * DAY;
/// Business hours of a weekday.
const OPENS: i64 = 8 * HOUR;
const CLOSES: i64 = 16 * HOUR;

/// Share of arrivals per hour of a weekday, UTC: Europe's morning, then America's; nights stay quiet.
const WEEKDAY: [i64; 24] =
    [3, 2, 2, 2, 3, 5, 9, 14, 17, 16, 14, 12, 13, 16, 18, 18, 17, 15, 12, 9, 7, 6, 5, 4];
/// A weekend hour, whatever the hour.
const WEEKEND: i64 = 2;

/// The moment of arrival `index` of `count` between `from` and `to`: rising with the index, dense in business hours.
pub(super) fn arrival(index: u64, count: u64, from: i64, to: i64, dice: &mut Dice) -> i64 {
    let span = u128::try_from(to - from).unwrap_or(0);
    let step = span * u128::from(index) / u128::from(count.max(1));
    let even = from + i64::try_from(step).expect("it is within the span");
    let within = i64::try_from(span / u128::from(count.max(1))).expect("it is within the span");
    let moment = even + dice.up_to(within.max(1));
    in_the_week(moment).clamp(from, to)
}

/// Moves an even moment of a week to where the week's work is, keeping the order of moments.
fn in_the_week(moment: i64) -> i64 {
    let into = (moment - MONDAY).rem_euclid(WEEK);
    let start = moment - into;
    let total: i64 = 5 * WEEKDAY.iter().sum::<i64>() + 48 * WEEKEND;
    let mut target = into * total / WEEK;
    let rest = into * total % WEEK;
    for hour in 0..168 {
        let weight = weight(hour);
        if target < weight {
            let part = (target * WEEK + rest) * HOUR / (weight * WEEK);
            return start + hour * HOUR + part;
        }
        target -= weight;
    }
    moment
}

fn weight(hour: i64) -> i64 {
    let of_day = usize::try_from(hour % 24).expect("a remainder is not negative");
    if hour / 24 < 5 { WEEKDAY[of_day] } else { WEEKEND }
}

/// Seconds of business hours between two moments.
pub(super) fn business_seconds(from: i64, to: i64) -> i64 {
    if to <= from {
        return 0;
    }
    before(to) - before(from)
}

/// Business seconds from a Monday long ago.
fn before(moment: i64) -> i64 {
    let since = moment - MONDAY;
    let weeks = since.div_euclid(WEEK);
    let into = since.rem_euclid(WEEK);
    let (day, second) = (into / DAY, into % DAY);
    let whole = weeks * 5 + day.min(5);
    let today = if day < 5 { second.clamp(OPENS, CLOSES) - OPENS } else { 0 };
    whole * (CLOSES - OPENS) + today
}

#[cfg(test)]
mod tests {
    use super::super::dice::Stream;
    use super::*;

    /// 2016-12-12 was a Monday.
    const THAT_MONDAY: i64 = 1_481_500_800;

    #[test]
    fn business_time_skips_nights_and_weekends() {
        for (from, to, hours) in [
            (0, DAY, 8),
            (9 * HOUR, 10 * HOUR, 1),
            (15 * HOUR, DAY + 9 * HOUR, 2),
            (4 * DAY + 15 * HOUR, WEEK + 9 * HOUR, 2),
            (5 * DAY, WEEK, 0),
            (HOUR, HOUR, 0),
        ] {
            assert_eq!(business_seconds(THAT_MONDAY + from, THAT_MONDAY + to), hours * HOUR, "{from} {to}");
        }
    }

    #[test]
    fn arrivals_rise_and_keep_to_the_working_day() {
        let stream = Stream::new(1, "arrivals");
        let (from, to) = (THAT_MONDAY, THAT_MONDAY + 20 * WEEK);
        let times: Vec<i64> =
            (0..5_000).map(|index| arrival(index, 5_000, from, to, &mut stream.dice(index))).collect();
        assert!(times.is_sorted());
        assert!(times[0] >= from && times[4_999] <= to);
        let weekend = times.iter().filter(|time| (*time - THAT_MONDAY) % WEEK >= 5 * DAY).count();
        assert!((200..500).contains(&weekend), "{weekend}");
    }
}

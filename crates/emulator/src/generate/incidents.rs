//! Incidents, from the moment someone calls to the moment nobody remembers.

use std::borrow::Cow;

use super::calendar::{DAY, HOUR, arrival, business_seconds};
use super::dice::Dice;
use super::row::Row;
use super::series::Series;
use super::source::{Source, numbered};
use super::task;
use super::world::{Person, SPECIALTIES, World};

/// Days between resolution and closure.
const CLOSES_AFTER: i64 = 5 * DAY;
/// Median time to resolve and the promised time, by priority from 1.
const MEDIAN: [i64; 5] = [4 * HOUR, 9 * HOUR, 30 * HOUR, 60 * HOUR, 110 * HOUR];
const PROMISED: [i64; 5] = [4 * HOUR, 8 * HOUR, 72 * HOUR, 120 * HOUR, 240 * HOUR];
const CLOSE_CODES: [(u64, &str); 10] = [
    (42, "Solution provided"),
    (16, "Workaround provided"),
    (10, "Resolved by caller"),
    (9, "User error"),
    (6, "Known error"),
    (5, "Resolved by request"),
    (4, "Duplicate"),
    (3, "Resolved by change"),
    (3, "Resolved by problem"),
    (2, "No resolution provided"),
];

pub(super) fn sources(world: &World) -> Vec<Box<dyn Source + '_>> {
    let series = [&world.incidents.demo, &world.incidents.generated];
    series.into_iter().map(|series| Box::new(Incidents { world, series }) as Box<dyn Source>).collect()
}

struct Incidents<'a> {
    world: &'a World,
    series: &'a Series,
}

/// The course of an incident: what other tables need to know of it too.
pub(super) struct Course {
    pub(super) opened: i64,
    pub(super) updated: i64,
    pub(super) resolved: Option<i64>,
    pub(super) closed: Option<i64>,
    pub(super) state: i64,
    pub(super) impact: i64,
    pub(super) urgency: i64,
    pub(super) category: &'static str,
    pub(super) caller: Person,
    pub(super) group: u128,
    pub(super) assignee: Option<Person>,
    /// The clerk who took the call.
    pub(super) opened_by: Person,
    pub(super) contact: &'static str,
}

/// Runs the incident's life as far as the plan's present. The dice go on to the details.
pub(super) fn course(world: &World, series: &Series, index: u64) -> (Course, Dice) {
    let mut dice = series.stream.dice(index);
    let opened = arrival(index, series.count, series.from, series.to, &mut dice);
    let (impact, urgency) = task::impact_and_urgency(&mut dice);
    let priority = task::priority(impact, urgency);
    let effort = dice.spread(by_priority(&MEDIAN, priority));
    let category = dice.weighted(&[(34, 0), (24, 1), (18, 2), (17, 3), (7, 4)]);
    let category = SPECIALTIES[category];
    let contact = dice.weighted(&[
        (34, "self-service"),
        (32, "phone"),
        (20, "email"),
        (6, "chat"),
        (4, "walk-in"),
        (4, "monitoring"),
    ]);
    let caller = world.caller(series.demo, &mut dice);
    let (group, member) = world.support(category, series.demo, &mut dice);
    let (_, clerk) = world.support("inquiry", series.demo, &mut dice);
    let opened_by = if contact == "self-service" || contact == "email" { caller.clone() } else { clerk };
    let (state, resolved, closed) = outcome(opened, effort, series, &mut dice);
    let last = closed.or(resolved).unwrap_or_else(|| (opened + effort.min(20 * DAY)).min(series.to));
    let updated = match state {
        1 => (opened + dice.up_to(10 * 60)).min(series.to),
        2 | 3 => opened + dice.up_to(last - opened + 1),
        _ => (last + dice.up_to(HOUR / 2)).min(series.to),
    };
    let assignee = (state != 1 || dice.chance(20)).then_some(member);
    let course = Course {
        opened,
        updated,
        resolved,
        closed,
        state,
        impact,
        urgency,
        category,
        caller,
        group,
        assignee,
        opened_by,
        contact,
    };
    (course, dice)
}

/// State, resolution and closure.
fn outcome(opened: i64, effort: i64, series: &Series, dice: &mut Dice) -> (i64, Option<i64>, Option<i64>) {
    let end = opened + effort;
    // Demo rows are long past, yet half of them are still open, as on a fresh instance.
    let left_open = series.demo && dice.chance(50);
    let canceled = dice.chance(2);
    let closing = end + CLOSES_AFTER + dice.up_to(HOUR);
    if left_open || end > series.to {
        let new = series.to - opened < 2 * HOUR || dice.chance(12);
        let state = if new { 1 } else { dice.weighted(&[(72, 2), (28, 3)]) };
        (state, None, None)
    } else if canceled {
        (8, None, Some(end))
    } else if closing > series.to {
        (6, Some(end), None)
    } else {
        (7, Some(end), Some(closing))
    }
}

fn by_priority(of: &[i64; 5], priority: i64) -> i64 {
    of[usize::try_from(priority - 1).unwrap_or(4).min(4)]
}

/// Whether incident `index` was traced back to the problem of its time.
pub(super) fn has_problem(series: &Series, index: u64) -> bool {
    series.stream.hash(index).is_multiple_of(24)
}

impl Source for Incidents<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.series.count)
    }

    fn id(&self, index: u64) -> u128 {
        self.series.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let (course, mut dice) = course(self.world, self.series, index);
        task::base(row, "incident", self.series, index);
        task::grade(row, course.impact, course.urgency);
        self.people(&course, row);
        self.what(&course, row, &mut dice);
        self.links(index, row, &mut dice);
        progress(&course, row, &mut dice);
        if let Some(resolved) = course.resolved {
            self.resolution(&course, resolved, row, &mut dice);
        }
        if let Some(closed) = course.closed {
            closure(&course, closed, row);
        }
    }
}

impl Incidents<'_> {
    fn people(&self, course: &Course, row: &mut Row) {
        row.id("caller_id", course.caller.id);
        row.id("company", course.caller.company);
        row.id("location", course.caller.site);
        row.id("opened_by", course.opened_by.id);
        row.time("opened_at", course.opened);
        row.word("contact_type", course.contact);
        row.id("assignment_group", course.group);
        if let Some(assignee) = &course.assignee {
            row.id("assigned_to", assignee.id);
        }
    }

    fn what(&self, course: &Course, row: &mut Row, dice: &mut Dice) {
        let words = &self.world.words;
        let topic = words.topic(course.category, dice);
        let server = self.world.server_name(dice);
        let short = words.expand(topic.text, &server, dice);
        let mut description = format!("{short}. {}", words.any("since", dice));
        for kind in ["impact", "tried"] {
            if dice.chance(60) {
                description.push(' ');
                description.push_str(words.any(kind, dice));
            }
        }
        row.word("category", course.category);
        row.word("subcategory", topic.subcategory);
        row.text("short_description", short);
        row.text("description", description);
        row.number("severity", dice.weighted(&[(4, 1), (16, 2), (80, 3)]));
        row.number("notify", 1);
    }

    /// Configuration item, service, problem and change.
    fn links(&self, index: u64, row: &mut Row, dice: &mut Dice) {
        let world = self.world;
        if !self.series.demo && dice.chance(60) {
            row.id("cmdb_ci", world.cis.id(dice.below(world.counts.cis)));
        }
        if dice.chance(35) {
            row.id("business_service", *dice.pick(&world.services));
        }
        if self.series.demo {
            return;
        }
        let (problems, changes) = (&world.problems.generated, &world.changes.generated);
        if let Some(problem) = problems.beside(index, self.series).filter(|_| has_problem(self.series, index))
        {
            row.id("problem_id", problems.stream.id(problem));
        }
        if let Some(change) = changes.beside(index, self.series).filter(|_| dice.chance(2)) {
            let link = if dice.chance(50) { "rfc" } else { "caused_by" };
            row.id(link, changes.stream.id(change));
        }
        if dice.chance(4) {
            let watchers = [world.caller(false, dice).id, world.caller(false, dice).id];
            row.text("watch_list", format!("{:032x},{:032x}", watchers[0], watchers[1]));
        }
    }

    fn resolution(&self, course: &Course, resolved: i64, row: &mut Row, dice: &mut Dice) {
        row.time("resolved_at", resolved);
        row.number("calendar_stc", resolved - course.opened);
        row.number("business_stc", business_seconds(course.opened, resolved));
        row.word("close_code", dice.weighted(&CLOSE_CODES));
        row.word("close_notes", self.world.words.any("fix", dice));
        if let Some(assignee) = &course.assignee {
            row.id("resolved_by", assignee.id);
        }
        if dice.chance(3) {
            row.number("reopen_count", 1);
            row.id("reopened_by", course.caller.id);
            row.time("reopened_time", course.opened + dice.up_to(resolved - course.opened + 1));
        } else {
            row.number("reopen_count", 0);
        }
    }
}

fn progress(course: &Course, row: &mut Row, dice: &mut Dice) {
    let end = course.resolved.or(course.closed).unwrap_or(course.updated);
    let promised = by_priority(&PROMISED, task::priority(course.impact, course.urgency));
    let moved = dice.weighted(&[(62, 0), (24, 1), (9, 2), (3, 3), (2, 5)]);
    row.number("state", course.state);
    row.number("incident_state", course.state);
    row.flag("active", course.state < 7);
    row.flag("made_sla", end - course.opened <= promised);
    row.number("reassignment_count", if course.state == 1 { 0 } else { moved });
    row.number("child_incidents", 0);
    if course.state == 3 {
        row.number("hold_reason", dice.weighted(&[(55, 1), (10, 3), (25, 4), (10, 5)]));
    }
    let created = (course.opened + dice.up_to(90)).min(course.updated);
    let mod_count = if course.state == 1 { dice.up_to(2) } else { 2 + moved + dice.up_to(6) };
    let last = match (course.state, &course.assignee) {
        (7, _) => Cow::Borrowed("system"),
        (_, Some(assignee)) => assignee.user_name.clone(),
        (_, None) => course.opened_by.user_name.clone(),
    };
    row.stamps(created, course.opened_by.user_name.clone(), course.updated, last, mod_count);
}

fn closure(course: &Course, closed: i64, row: &mut Row) {
    row.time("closed_at", closed);
    row.time("calendar_duration", closed - course.opened);
    row.time("business_duration", business_seconds(course.opened, closed));
    row.id("closed_by", course.assignee.as_ref().map_or(course.caller.id, |assignee| assignee.id));
}

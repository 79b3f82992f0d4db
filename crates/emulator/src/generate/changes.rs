//! Change requests and the tasks that carry them out.

use super::calendar::{DAY, HOUR, arrival};
use super::dice::{Dice, Stream};
use super::row::Row;
use super::series::Series;
use super::source::{Source, numbered};
use super::task;
use super::world::{Person, SPECIALTIES, World};

pub(super) fn sources(world: &World) -> Vec<Box<dyn Source + '_>> {
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    for series in [&world.changes.demo, &world.changes.generated] {
        sources.push(Box::new(Changes { world, series }));
        let tasks = if series.demo {
            Series::demo("change_task", "CTASK", series.count)
        } else {
            Series::generated("change_task", "CTASK", series.count * 3 / 2, world.seed, world.now)
        };
        sources.push(Box::new(Tasks { world, changes: series, series: tasks }));
    }
    sources
}

struct Changes<'a> {
    world: &'a World,
    series: &'a Series,
}

/// What the tasks and approvals of a change need to know of it.
pub(super) struct Course {
    pub(super) opened: i64,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) state: i64,
    pub(super) group: u128,
    pub(super) owner: Person,
    category: usize,
}

pub(super) fn course(world: &World, series: &Series, index: u64) -> (Course, Dice) {
    let mut dice = series.stream.dice(index);
    let opened = arrival(index, series.count, series.from, series.to, &mut dice);
    let category = dice.weighted(&[(30, 1), (25, 2), (30, 3), (15, 4)]);
    let (group, owner) = world.support(SPECIALTIES[category], series.demo, &mut dice);
    let start = opened + DAY + dice.spread(6 * DAY);
    let end = start + HOUR + dice.up_to(8 * HOUR);
    let state = if end <= series.to {
        dice.weighted(&[(90, 3), (6, 4), (4, 0)])
    } else if start <= series.to {
        -1
    } else {
        dice.weighted(&[(25, -5), (25, -4), (20, -3), (30, -2)])
    };
    (Course { opened, start, end, state, group, owner, category }, dice)
}

impl Source for Changes<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.series.count)
    }

    fn id(&self, index: u64) -> u128 {
        self.series.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        const CATEGORIES: [&str; 5] = ["Other", "Software", "Hardware", "Network", "Applications Software"];
        let world = self.world;
        let (course, mut dice) = course(world, self.series, index);
        let dice = &mut dice;
        task::base(row, "change_request", self.series, index);
        task::grade(row, dice.weighted(&[(10, 1), (30, 2), (60, 3)]), 3);
        row.number("state", course.state);
        row.flag("active", course.state < 3);
        row.word("approval", if course.state > -3 { "approved" } else { "requested" });
        row.word("type", dice.weighted(&[(60, "normal"), (32, "standard"), (8, "emergency")]));
        row.number("risk", dice.weighted(&[(3, 1), (12, 2), (55, 3), (30, 4)]));
        row.word("category", CATEGORIES[course.category]);
        row.number("scope", 3);
        row.word("conflict_status", "Not Run");
        row.word("phase", "requested");
        row.word("phase_state", "open");
        for flag in
            ["cab_required", "on_hold", "production_system", "unauthorized", "outside_maintenance_schedule"]
        {
            row.flag(flag, flag == "production_system" && dice.chance(60));
        }
        let server = world.server_name(dice);
        let short = world.words.expand(world.words.any("change", dice), &server, dice);
        row.text("justification", format!("{short}: agreed with the service owner."));
        row.text("short_description", short);
        row.word("implementation_plan", "Announce, back up, carry out, verify.");
        row.word("backout_plan", "Restore the backup and announce the return.");
        row.word("test_plan", "The service owner signs off a test of the main functions.");
        if !self.series.demo {
            row.id("cmdb_ci", world.cis.id(dice.below(world.counts.cis)));
        }
        row.time("opened_at", course.opened);
        row.id("opened_by", course.owner.id);
        row.id("requested_by", world.caller(self.series.demo, dice).id);
        row.id("assigned_to", course.owner.id);
        row.id("assignment_group", course.group);
        row.time("start_date", course.start);
        row.time("end_date", course.end);
        finish(&course, self.series, row, dice);
    }
}

fn finish(course: &Course, series: &Series, row: &mut Row, dice: &mut Dice) {
    let by = course.owner.user_name.clone();
    if course.state >= 0 {
        row.time("work_start", course.start);
        row.time("work_end", course.end);
    }
    if course.state >= 3 {
        row.time("closed_at", course.end);
        row.id("closed_by", course.owner.id);
        row.time("calendar_duration", course.end - course.opened);
    }
    if course.state == 3 {
        row.word(
            "close_code",
            dice.weighted(&[(88, "successful"), (8, "successful_issues"), (4, "unsuccessful")]),
        );
        row.word("close_notes", "Carried out as planned.");
    }
    let updated =
        if course.state >= 0 { course.end } else { (course.opened + dice.up_to(DAY)).min(series.to) };
    row.stamps(course.opened, by.clone(), updated, by, 1 + dice.up_to(9));
}

/// Three tasks for two changes, or one each for demo rows.
struct Tasks<'a> {
    world: &'a World,
    changes: &'a Series,
    series: Series,
}

impl Source for Tasks<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        numbered(self.series.count)
    }

    fn id(&self, index: u64) -> u128 {
        self.series.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let change = self.changes.beside(index, &self.series).unwrap_or(0);
        let (course, _) = course(self.world, self.changes, change);
        let stream: &Stream = &self.series.stream;
        let mut dice = stream.dice(index);
        let dice = &mut dice;
        let state = match course.state {
            3 => 3,
            4 => 4,
            -1 | 0 => 2,
            _ => -5,
        };
        task::base(row, "change_task", &self.series, index);
        task::grade(row, 3, 3);
        let parent = self.changes.stream.id(change);
        row.id("parent", parent);
        row.id("change_request", parent);
        row.word("short_description", self.world.words.any("task", dice));
        row.word(
            "change_task_type",
            dice.weighted(&[(2, "planning"), (4, "implementation"), (3, "testing"), (1, "review")]),
        );
        row.word("created_from", "workflow");
        row.number("state", state);
        row.flag("active", state < 3);
        row.id("assignment_group", course.group);
        row.id("assigned_to", course.owner.id);
        row.time("opened_at", course.opened);
        row.id("opened_by", course.owner.id);
        row.time("planned_start_date", course.start);
        row.time("planned_end_date", course.end);
        let by = course.owner.user_name;
        let updated = if state >= 3 { course.end } else { course.opened };
        if state >= 3 {
            row.time("closed_at", course.end);
            row.id("closed_by", course.owner.id);
            row.word("close_code", if state == 3 { "successful" } else { "" });
        }
        row.stamps(course.opened, by.clone(), updated, by, dice.up_to(5));
    }
}

//! Service levels of urgent incidents, approvals of changes, and how long incidents stayed in a state.

use std::borrow::Cow;

use super::calendar::HOUR;
use super::dice::Stream;
use super::row::Row;
use super::source::{Source, Storage};
use super::world::World;
use super::{changes, incidents, task};

const SYSTEM: Cow<'static, str> = Cow::Borrowed("system");

pub(super) fn storages(world: &World) -> Vec<Storage<'_>> {
    let stream = |table| Stream::new(world.seed, table);
    let demo = |table, key| world.demo.id(table, key).unwrap_or_default();
    let slas = [
        demo("contract_sla", "Priority 1 resolution (4 hours)"),
        demo("contract_sla", "Priority 2 resolution (8 hours)"),
    ];
    let metric = demo("metric_definition", "Incident State Duration");
    let manager = demo("sys_user", "change.manager");
    vec![
        Storage {
            name: "task_sla",
            sources: vec![Box::new(Slas { world, stream: stream("task_sla"), slas })],
        },
        Storage {
            name: "sysapproval_approver",
            sources: vec![Box::new(Approvals { world, stream: stream("sysapproval_approver"), manager })],
        },
        Storage {
            name: "metric_instance",
            sources: vec![Box::new(Metrics { world, stream: stream("metric_instance"), metric })],
        },
    ]
}

/// One for every generated incident of priority 1 or 2; its number is the incident's.
struct Slas<'a> {
    world: &'a World,
    stream: Stream,
    slas: [u128; 2],
}

impl Source for Slas<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        let series = &self.world.incidents.generated;
        Box::new((0..series.count).filter(|index| {
            let (course, _) = incidents::course(self.world, series, *index);
            task::priority(course.impact, course.urgency) < 3
        }))
    }

    fn id(&self, index: u64) -> u128 {
        self.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let series = &self.world.incidents.generated;
        let (course, _) = incidents::course(self.world, series, index);
        let critical = task::priority(course.impact, course.urgency) == 1;
        let allowed = if critical { 4 * HOUR } else { 8 * HOUR };
        let end = course.resolved.or(course.closed);
        let elapsed = end.unwrap_or(self.world.now) - course.opened;
        let breached = elapsed > allowed;
        row.id("task", series.stream.id(index));
        row.id("sla", self.slas[usize::from(!critical)]);
        row.flag("active", end.is_none());
        row.flag("has_breached", breached);
        row.word(
            "stage",
            match (end, breached) {
                (Some(_), _) => "completed",
                (None, true) => "breached",
                (None, false) => "in_progress",
            },
        );
        row.time("start_time", course.opened);
        row.time("planned_end_time", course.opened + allowed);
        row.time("original_breach_time", course.opened + allowed);
        if let Some(end) = end {
            row.time("end_time", end);
        }
        row.time("duration", elapsed);
        row.time("time_left", (allowed - elapsed).max(0));
        let hundredths =
            i32::try_from(elapsed.min(1_000 * allowed) * 10_000 / allowed).expect("it is below ten million");
        row.real("percentage", f64::from(hundredths) / 100.0);
        row.domain();
        row.stamps(course.opened, SYSTEM, end.unwrap_or(course.updated), SYSTEM, 1);
    }
}

/// One for every generated change that was sent for approval; its number is the change's.
struct Approvals<'a> {
    world: &'a World,
    stream: Stream,
    manager: u128,
}

impl Source for Approvals<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        let series = &self.world.changes.generated;
        Box::new((0..series.count).filter(|index| changes::course(self.world, series, *index).0.state > -4))
    }

    fn id(&self, index: u64) -> u128 {
        self.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let series = &self.world.changes.generated;
        let (course, _) = changes::course(self.world, series, index);
        let change = series.stream.id(index);
        let state = match course.state {
            -3 => "requested",
            4 => "rejected",
            _ => "approved",
        };
        row.id("sysapproval", change);
        row.id("document_id", change);
        row.word("source_table", "change_request");
        row.id("approver", self.manager);
        row.word("state", state);
        row.number("iteration", 1);
        row.domain();
        row.stamps(course.opened, SYSTEM, course.opened, Cow::Borrowed("change.manager"), 1);
    }
}

/// The time from opening to resolution for one generated incident in eight.
struct Metrics<'a> {
    world: &'a World,
    stream: Stream,
    metric: u128,
}

impl Source for Metrics<'_> {
    fn indexes(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        Box::new((0..self.world.incidents.generated.count).step_by(8))
    }

    fn id(&self, index: u64) -> u128 {
        self.stream.id(index)
    }

    fn fill(&self, index: u64, row: &mut Row) {
        let series = &self.world.incidents.generated;
        let (course, _) = incidents::course(self.world, series, index);
        row.id("id", series.stream.id(index));
        row.word("table", "incident");
        row.word("field", "incident_state");
        row.id("definition", self.metric);
        row.word("value", "In Progress");
        row.word("field_value", "2");
        row.time("start", course.opened);
        let end = course.resolved.or(course.closed);
        if let Some(end) = end {
            row.time("end", end);
            row.time("duration", end - course.opened);
        }
        row.flag("calculation_complete", end.is_some());
        row.stamp(course.opened, SYSTEM);
    }
}
